"""A centre for stories in other languages: one line asks, one line answers.

Words of a line stand apart by tabs; no word holds a tab or the end of a line. Answers begin with `ok`, or with
`failed` and why. When the other side goes away, the centre closes. An argument says by how many days its clock is behind.
"""

import json
import sys

from centre import Centre


def person(centre, name, role):
    return [centre.add_person(name, role)]


def undertaker(centre, case):
    return [centre.undertaker_of(case)]


def enrolment(centre, who):
    return [centre.enrolment_text(who)]


def attendance(centre, chair, observer):
    hearing, assignment = centre.assign_attendance(chair, observer)
    return [hearing["id"], assignment, hearing["case"]]


def visit(centre, lead, due_at):
    return [centre.assign_visit(lead, due_at)]


def inspection(centre, lead):
    return [centre.assign_inspection(lead)]


def device_state(centre, who, state):
    centre.set_device_state(who, state)
    return []


def clerk(centre, assignment, chair, observer):
    return [centre.add_clerk(assignment, chair, observer)]


def relate(centre, case, who):
    centre.relate(case, who)
    return []


def returned(centre, record, field, text):
    centre.manager.post(f"/records/{record}/returns", notes=[{"field": field, "text": text}])
    return []


def erased(centre, record, reason):
    centre.erase(record, reason)
    return []


def graded(centre, case):
    return [centre.grade(case)]


def open_phone(centre, request):
    return [centre.open_phone(request)]


def content(centre, record):
    return [json.dumps(centre.manager.get(f"/records/{record}")["content"], ensure_ascii=False)]


def lease(centre, days):
    centre.lease(int(days))
    return []


def catch_up(centre):
    centre.catch_up()
    return []


def cut_off(centre):
    centre.cut_off()
    return []


def serve(centre):
    centre.serve()
    return []


VERBS = {
    verb.__name__: verb
    for verb in (
        person,
        undertaker,
        enrolment,
        attendance,
        visit,
        inspection,
        device_state,
        clerk,
        relate,
        returned,
        erased,
        graded,
        open_phone,
        content,
        lease,
        catch_up,
        cut_off,
        serve,
    )
}


def main():
    centre = Centre(days_ago=int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    try:
        for line in sys.stdin:
            verb, *words = line.rstrip("\n").split("\t")
            if verb == "end":
                print("ok", flush=True)
                return
            try:
                answer = ["ok", *VERBS[verb](centre, *words)]
            except Exception as error:  # Whatever it is, the story that asked is told.
                answer = ["failed", " ".join(f"{type(error).__name__}: {error}".split())]
            print("\t".join(answer), flush=True)
    finally:
        centre.close()


if __name__ == "__main__":
    main()
