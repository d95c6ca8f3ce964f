import Tingfang
import XCTest

/// What people read.
final class LabelTests: XCTestCase {
    func test_every_code_has_a_label_in_both_languages() {
        everyOneHasALabel(AssignmentKind.self)
        everyOneHasALabel(AttachmentPurpose.self)
        everyOneHasALabel(Channel.self)
        everyOneHasALabel(ChannelState.self)
        everyOneHasALabel(DecisionState.self)
        everyOneHasALabel(DeviceStanding.self)
        everyOneHasALabel(Duty.self)
        everyOneHasALabel(FileState.self)
        everyOneHasALabel(Grade.self)
        everyOneHasALabel(MediaType.self)
        everyOneHasALabel(RecordStage.self)
        everyOneHasALabel(RepresentationState.self)
        everyOneHasALabel(SyncState.self)
        everyOneHasALabel(TaskProgress.self)
        everyOneHasALabel(TaskState.self)
        everyOneHasALabel(VisitStage.self)
    }

    func test_a_case_of_several_words_is_written_as_its_code() {
        XCTAssertEqual(TaskProgress.underWay.code, "under_way")
        XCTAssertEqual(AssignmentKind.preHearingReport.code, "pre_hearing_report")
        XCTAssertEqual(TaskProgress.underWay.label(in: .zh), "进行中")
    }

    private func everyOneHasALabel<List: Coded & CaseIterable>(_ list: List.Type) {
        for language in [Language.zh, .en] {
            for one in list.allCases {
                XCTAssertNotNil(label(language: language, section: list.section, key: one.code), "\(one)")
            }
        }
    }
}
