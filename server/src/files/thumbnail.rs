//! Small pictures of pictures, so that a list can show them without moving megabytes.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use tingfang_core::record::attachment::MediaType;

/// The longer side, in points.
const SIDE: u32 = 320;
/// How good it looks: a quality of JPEG, out of 100.
const QUALITY: u8 = 70;
/// No side of a picture may be longer, in points.
const LONGEST_SIDE: u32 = 16_000;
/// The most memory that reading one may take, in bytes.
const MOST_MEMORY: u64 = 300 * 1024 * 1024;

/// Whether files of this kind have a small picture.
pub(super) const fn is_picture(media: MediaType) -> bool {
    format(media).is_some()
}

const fn format(media: MediaType) -> Option<ImageFormat> {
    match media {
        MediaType::Jpeg => Some(ImageFormat::Jpeg),
        MediaType::Png => Some(ImageFormat::Png),
        MediaType::Webp => Some(ImageFormat::WebP),
        MediaType::Pdf | MediaType::M4a | MediaType::Mp3 => None,
    }
}

/// A small picture, upright, as JPEG; nothing when the file is no picture, or too large to be read.
pub(super) fn make(bytes: &[u8], media: MediaType) -> Option<Vec<u8>> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format(media)?);
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut small = DynamicImage::from_decoder(decoder).ok()?.thumbnail(SIDE, SIDE);
    small.apply_orientation(orientation);
    let mut out = Vec::new();
    // JPEG knows no transparency.
    small.into_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY)).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let image = image::RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x % 256) as u8, (y % 256) as u8, ((x * y) % 256) as u8])
        });
        let mut out = Cursor::new(Vec::new());
        image.write_to(&mut out, format).expect("a picture");
        out.into_inner()
    }

    #[test]
    fn a_picture_becomes_small_and_keeps_its_shape() {
        for (media, format) in [(MediaType::Jpeg, ImageFormat::Jpeg), (MediaType::Png, ImageFormat::Png)] {
            let small = make(&picture(1600, 800, format), media).expect("a small picture");
            assert!(small.len() < 20_000, "{} bytes", small.len());
            let read = image::load_from_memory(&small).expect("a picture");
            assert_eq!((read.width(), read.height()), (320, 160));
        }
    }

    #[test]
    fn what_is_no_picture_has_none_and_harms_nobody() {
        assert_eq!(make(b"\xff\xd8\xffnonsense", MediaType::Jpeg), None);
        assert_eq!(make(b"", MediaType::Png), None);
        assert_eq!(make(b"%PDF-1.7", MediaType::Pdf), None);
        let cut = picture(300, 300, ImageFormat::Png);
        assert_eq!(make(&cut[..cut.len() / 2], MediaType::Png), None);
        // A header that promises a picture of four thousand million points.
        let mut bomb = picture(8, 8, ImageFormat::Png);
        bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        assert_eq!(make(&bomb, MediaType::Png), None);
    }
}
