// A sample; it needs SwiftUI, so it is not compiled in CI.

import SupervisorModels
import SwiftUI
import Tingfang

/// 案件 one case: its channels, so that a gap is seen, whose work it is, the next hearing, and the records about it.
struct CaseScreen: View {
    private let supervisor: Supervisor
    @State private var model: CaseModel

    init(_ id: CaseId, _ supervisor: Supervisor) {
        self.supervisor = supervisor
        _model = State(initialValue: CaseModel(id, supervisor))
    }

    var body: some View {
        List {
            if let trouble = model.trouble {
                Text(trouble).foregroundStyle(.red)
            }
            if let card = model.card {
                Section { facts(of: card) }
                Section { channels(of: card) }
            }
            Section { records }
        }
        .navigationTitle(model.card?.caseNo ?? "案件")
        .task { await model.follow() }
    }

    @ViewBuilder
    private func facts(of card: CaseCard) -> some View {
        LabeledContent(supervisor.label("case_kind", card.caseKind), value: card.cause)
        ForEach(card.subjects, id: \.self) { subject in
            LabeledContent(subject.undertakerName, value: subject.providerName)
        }
        if let hearing = card.nextHearing {
            LabeledContent(supervisor.label("hearing_kind", hearing.kind), value: supervisor.shown(hearing.startsAt))
            Text([hearing.court, hearing.courtroom ?? ""].joined(separator: " "))
        }
    }

    private func channels(of card: CaseCard) -> some View {
        ForEach(card.channels, id: \.channel) { mark in
            LabeledContent(
                mark.channel.label(in: supervisor.language), value: mark.state.label(in: supervisor.language)
            )
        }
    }

    private var records: some View {
        ForEach(model.card?.records ?? [], id: \.record) { record in
            NavigationLink(value: Place.record(record.record)) {
                LabeledContent(
                    supervisor.label("kind", record.kind), value: record.stage.label(in: supervisor.language)
                )
            }
        }
    }
}
