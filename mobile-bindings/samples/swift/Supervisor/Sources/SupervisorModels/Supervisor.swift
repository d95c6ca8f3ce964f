// A sample; built by `mobile-bindings/swift/check.sh` where there is a Swift toolchain, and not in CI.

import Foundation
import Tingfang

/// What every screen needs: the phone, the way to its server, and the language of its owner.
public struct Supervisor: Sendable {
    public let phone: Tingfang
    public let transport: any Transport
    public let language: Language

    public init(phone: Tingfang, transport: any Transport = URLSessionTransport(), language: Language = .zh) {
        self.phone = phone
        self.transport = transport
        self.language = language
    }

    /// The label of a code.
    public func label(_ section: String, _ key: String) -> String {
        TingfangKit.label(language: language, section: section, key: key) ?? key
    }

    /// A time as a person reads it, in China: `11月22日 周日 14:30`.
    public func shown(_ time: Moment) -> String {
        let locale = Locale(identifier: language == .zh ? "zh_Hans_CN" : "en_GB")
        let china = TimeZone(secondsFromGMT: 8 * 3600) ?? .current
        let style = Date.FormatStyle(locale: locale, timeZone: china)
        return time.formatted(style.month().day().weekday().hour(.twoDigits(amPM: .omitted)).minute())
    }

    /// The value of a field as a person reads it; `list` is the list of codes that it is one of.
    public func shown(_ value: FieldValue, of list: String?) -> String {
        switch value {
        case .text(let text): list.map { label($0, text) } ?? text
        case .integer(let number): String(number)
        case .flag(let isSo): label("known", isSo ? "yes" : "no")
        case .time(let time): shown(time)
        }
    }
}
