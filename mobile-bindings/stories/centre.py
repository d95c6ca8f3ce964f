"""A legal aid centre with a real server: what the stories of the phone talk to over HTTP.

The stories in Python use it as it is; those in other languages through `centre_desk.py`.
"""

import atexit
import datetime
import json
import os
import re
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import workbook

# What leaves this machine would be a mistake: no proxy is asked.
HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# A server that hangs fails the story instead of stopping it for ever.
PATIENCE_S = 120
DAY_MS = 86_400_000
CHINA = datetime.timezone(datetime.timedelta(hours=8))
PROJECT = Path(__file__).resolve().parents[2]
DEMO_DATA = PROJECT / "xtask" / "demo-data"


def program():
    """The built program."""
    path = Path(os.environ.get("TINGFANG_BIN", PROJECT / "target" / "debug" / "tingfang"))
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; run `cargo build -p tingfang-server` first")
    return path


def environment(**settings):
    """The variables of the program: none of its settings but the log's comes from outside."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith("TINGFANG_")}
    return {**outer, "TINGFANG_LOG": "error", **settings}


# By which rubric a case is assessed: criminal ones by one, all others by the other.
CRIMINAL, OTHERS = "CRM-TRIAL", "CIV-LIT"


class Problem(Exception):
    """The server answered with a problem (RFC 9457)."""

    def __init__(self, status, body, retry_after_s):
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.retry_after_s = retry_after_s

    @property
    def sentence(self):
        """What stands in the way, for a person."""
        return self.body.get("detail") or self.body.get("title") or ""


def send(method, url, body=None, content_type="application/json", token=None):
    """Sends one request and gives the bytes of a good answer. Raises `Problem`, or `OSError`
    when nobody answers."""
    headers = {"content-type": content_type}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with HTTP.open(request, timeout=PATIENCE_S) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        with error:
            text, retry_after = error.read(), error.headers.get("retry-after")
        try:
            said = json.loads(text)
        except ValueError:
            said = {}
        raise Problem(error.code, said, retry_after and int(retry_after)) from None


class Console:
    """Somebody who is signed in at the server."""

    def __init__(self, centre, login, password):
        self._centre = centre
        self._token = None
        self._token = self.post("/session", login=login, password=password)["token"]

    def get(self, path):
        return self._send("GET", path)

    def post(self, path, **body):
        return self._send("POST", path, json.dumps(body).encode())

    def put(self, path, body):
        return self._send("PUT", path, json.dumps(body).encode())

    def upload(self, path, file, media_type):
        return json.loads(send("POST", self._address(path), file, media_type, self._token))

    def all(self, path):
        """Every page of a list."""
        mark = "&" if "?" in path else "?"
        page = self.get(f"{path}{mark}limit=200")
        yield from page["items"]
        while page.get("next"):
            page = self.get(f"{path}{mark}limit=200&after={page['next']}")
            yield from page["items"]

    def _send(self, method, path, body=None):
        return json.loads(send(method, self._address(path), body, token=self._token))

    def _address(self, path):
        return f"{self._centre.url}/api/v1{path}"


class Centre:
    """A centre with cases, hearings, an administrator, a manager, and a running server.

    Close it with `close`. Python closes what is left open when it ends, also by Ctrl-C. With `days_ago` its clock is
    so many days behind, until it catches up: a program of a development build goes by such a clock.
    """

    def __init__(self, days_ago=0):
        self._folder = tempfile.TemporaryDirectory(prefix="tingfang-story-")
        self._server = None
        self._settings = {}
        self.url = None
        if days_ago:
            self._clock = Path(self._folder.name) / "clock"
            self._clock.write_text(str(-days_ago * DAY_MS))
            self._settings["TINGFANG_TEST_CLOCK"] = str(self._clock)
        atexit.register(self.close)
        try:
            self._found()
        except BaseException:
            self.close()
            raise

    def close(self):
        """Ends the server and takes its data away."""
        atexit.unregister(self.close)
        self.cut_off()
        self._folder.cleanup()

    def folder(self, name):
        """A fresh folder that goes with the centre."""
        return Path(tempfile.mkdtemp(prefix=name, dir=self._folder.name))

    def serve(self):
        """Starts the server, at the address that it had; the first time at any free port."""
        if self._server is not None:
            return
        listen = self.url.removeprefix("http://") if self.url else "127.0.0.1:0"
        with open(self._log, "ab") as log:
            self._server = subprocess.Popen(
                self._command("serve", "--listen", listen),
                env=environment(TINGFANG_RECOVERY_KEY=self._recovery_public, **self._settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._server.stdout is not None
        # The line comes when the server takes requests; an empty one when it has ended.
        line = self._server.stdout.readline()
        try:
            self.url = json.loads(line)["url"]
        except (ValueError, KeyError):
            raise RuntimeError(f"the server said {line!r}\n{self._log.read_text()}") from None

    def cut_off(self):
        """Kills the server, as a power cut would."""
        if self._server is not None:
            server, self._server = self._server, None
            server.kill()
            server.communicate()

    def lease(self, days):
        """Sets after how many days without the server a phone locks; 0 for never."""
        self._settings["TINGFANG_LEASE_DAYS"] = str(days)
        self.cut_off()
        self.serve()

    def catch_up(self):
        """The clock that was behind shows today."""
        # Written beside and moved there: the server must not read half a number.
        beside = self._clock.with_suffix(".new")
        beside.write_text("0")
        beside.replace(self._clock)

    def add_person(self, name, role):
        """Adds somebody who is trained to observe, and gives their id."""
        person = self.admin.post(
            "/people", name=name, observer_kind="centre_staff", trained_until="2027-12-31"
        )["id"]
        self.admin.post(f"/people/{person}/roles", role=role, organisation=self.organisation)
        return person

    def enrolment_text(self, person, by=None):
        """What stands in the QR code of a fresh one-time code for this person's phone."""
        return (by or self.admin).post("/devices/enrolments", person=person)["text"]

    def assign_attendance(self, chair, observer):
        """Sends two people to the next hearing that may be attended; gives hearing and assignment."""
        hearing = next(self.hearings)
        made = self.manager.post(
            "/assignments",
            kind="attendance",
            hearing=hearing["id"],
            members=[{"person": chair, "duty": "chair"}, {"person": observer, "duty": "observer"}],
        )
        return hearing, made["id"]

    def assign(self, kind, members, **more):
        """Assigns work to the members, by the duty of each, and gives the assignment."""
        who = [{"person": person, "duty": duty} for person, duty in members.items()]
        return self.manager.post("/assignments", kind=kind, members=who, **more)["id"]

    def assign_visit(self, lead, due_at):
        """Has somebody ask the recipient of the first case, when it is over, and gives the assignment."""
        subject = self.subject_of(next(self.manager.all("/cases"))["id"])
        return self.assign("return_visit", {lead: "lead"}, stage="after", subjects=[subject], due_at=due_at)

    def assign_inspection(self, lead):
        """Sends somebody to inspect the centre, and gives the assignment."""
        place = {"organisation": self.organisation, "inspected": self.organisation}
        return self.assign("inspection", {lead: "lead"}, **place)

    def assign_in_round(self, round_id, kind, people):
        """Has people review or assess the cases of a round, and gives the assignment."""
        return self.manager.post(f"/rounds/{round_id}/assignments", kind=kind, people=people)["id"]

    def subject_of(self, case):
        """What work in a case is about: the case, and who undertakes it."""
        undertaker = self.manager.get(f"/cases/{case}")["undertakers"][0]["undertaker"]
        return {"case": case, "undertaker": undertaker}

    def begin_round(self, case):
        """Begins a round of a case alone, by the rubric of its kind. Gives the round and the rubric's id."""
        is_criminal = self.manager.get(f"/cases/{case}")["kind"] == "criminal"
        rubric = CRIMINAL if is_criminal else OTHERS
        wish = {"name": "季度评估", "rubric": rubric, "cases": [{"case": case}]}
        return self.manager.post("/rounds", **wish)["id"], rubric

    def set_device_state(self, person, state):
        """Says what has become of somebody's phone."""
        [device] = self.admin.get(f"/devices?person={person}")["items"]
        self.admin.put(f"/devices/{device['id']}/state", {"state": state})

    def add_clerk(self, assignment, chair, observer):
        """Adds somebody who enters the papers of an attendance's observers, and gives their id."""
        clerk = self.add_person("录入员", "supervisor")
        members = {chair: "chair", observer: "observer", clerk: "clerk"}
        self.manager.put(
            f"/assignments/{assignment}/members",
            {"members": [{"person": person, "duty": duty} for person, duty in members.items()]},
        )
        return clerk

    def correct_hearing(self, hearing, openness):
        """Takes in what the court says anew of a hearing: whether the public may come in."""
        starts_at = datetime.datetime.fromisoformat(hearing["starts_at"].replace("Z", "+00:00"))
        said = {
            "援助案号": hearing["case_no"],
            "开庭法院": hearing["court"],
            "开庭时间": starts_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
            "公开情况": openness,
            "审判时被告人未满18周岁": hearing["defendant_under_18_at_trial"],
            "可能封存犯罪记录": hearing["record_may_be_sealed"],
        }
        sheet = workbook.workbook([list(said), list(said.values())])
        taken = self.manager.upload("/imports/hearings", sheet, workbook.MEDIA_TYPE)
        if taken["updated"] != 1 or taken["problems"]:
            raise RuntimeError(f"the hearing was not corrected: {taken}")

    def relate(self, case, person):
        """Declares somebody a relative in a case: what they write about it is not accepted."""
        self.manager.post(f"/cases/{case}/relations", person=person, ground="relative")

    def decide(self, item, outcome, reason):
        """Says of something that was held whether it is `accepted` or `rejected`, and why."""
        self.manager.post(f"/refused/{item}/decision", outcome=outcome, reason=reason)

    def erase(self, record, reason):
        """Has a director order that what a record says be erased."""
        return self.director.post(f"/records/{record}/erasure", reason=reason)

    def undertaker_of(self, case):
        """The person who undertakes a case, with a role, so that a phone can be enrolled."""
        undertaker = self.manager.get(f"/cases/{case}")["undertakers"][0]
        if undertaker["undertaker"] not in self._undertakers:
            person = self.admin.post(
                "/people", name=undertaker["name"], undertaker=undertaker["undertaker"]
            )["id"]
            role = {"role": "undertaker", "organisation": self.organisation}
            self.admin.post(f"/people/{person}/roles", **role)
            self._undertakers[undertaker["undertaker"]] = person
        return self._undertakers[undertaker["undertaker"]]

    def grade(self, case):
        """Makes the grade of a case final, against which nothing was said. Gives the decision."""
        decision = self.work_out_grade(case)
        self.manager.post(f"/grades/{decision}/representation")
        self.manager.post(f"/grades/{decision}/representation/answer", statement="无异议", answer="已阅")
        self.director.post(f"/grades/{decision}/finalise")
        return decision

    def work_out_grade(self, case):
        """Has a case reviewed and assessed by two in a round of its own.

        A grade needs a channel from the field: an attendance of the case must be sealed before. Gives
        the decision."""
        round_id, rubric = self.begin_round(case)
        reviewer, *assessors = (
            Terminal(self, self.add_person(name, "assessor")) for name in ["孙立", "周敏", "吴桐"]
        )
        task = self._told(self.assign_in_round(round_id, "file_review", [reviewer.person]), [reviewer])
        record = reviewer.json("record", task, "--kind", "file_review", "--case", case)["record"]
        reviewer.set(record, {f"marks/{item}": "mostly" for item in self.rubric_items(rubric)})
        reviewer.finish(record)
        people = [assessor.person for assessor in assessors]
        task = self._told(self.assign_in_round(round_id, "assessment", people), assessors)
        for assessor in assessors:
            self._assess(assessor, task, case)
        return self.manager.post(f"/rounds/{round_id}/grades", case=case)["row"]["id"]

    def rubric_items(self, rubric):
        """The ids of the items of a shipped rubric."""
        text = next(one["text"] for one in self.manager.get("/rubrics") if one["id"] == rubric)
        series = rubric.split("-")[0]
        return sorted(set(re.findall(rf'"({series}-[0-9]+\.[0-9]+)"', text)))

    @staticmethod
    def _told(task, phones):
        """The task, of which the phones have heard."""
        for phone in phones:
            phone.json("sync")
        return task

    def _assess(self, assessor, task, case):
        """Accepts every default."""
        sheet = assessor.json("record", task, "--kind", "scoresheet", "--case", case)["record"]
        fields = {}
        for item in assessor.json("evidence", task, "--case", case)["items"]:
            fields[f"decisions/{item['id']}"] = "accepted"
            if item["default"] is not None:
                fields[f"points/{item['id']}"] = item["default"]
        assessor.set(sheet, fields)
        assessor.finish(sheet)

    def open_phone(self, request):
        """Answers a phone that asks to be opened, with the recovery key from the safe."""
        asked = self.folder("recovery-") / "request"
        asked.write_text(request)
        answer = self.run("recovery", "answer", "--request", str(asked), "--key", str(self.recovery_key))
        return answer["answer"]

    def _found(self):
        self._data = Path(self._folder.name) / "server"
        self._data.mkdir()
        self._log = Path(self._folder.name) / "server.log"
        # Its public half stands in the server's settings, its secret half in a safe.
        self.recovery_key = Path(self._folder.name) / "centre.key"
        made = self.run("recovery", "key", "--to", str(self.recovery_key))
        self._recovery_public = made["recovery_key"]
        founded = self.run("init", "--organisation", "云川县法律援助中心")
        self.organisation = founded["organisation"]
        for kind in ["cases", "hearings"]:
            self.run("import", kind, "--file", str(DEMO_DATA / f"{kind}.xlsx"))
        manager = self.run("user", "add", "--name", "梁凤英", "--login", "manager1", "--role", "manager")
        director = self.run("user", "add", "--name", "何志强", "--login", "director1", "--role", "director")
        self.serve()
        self.admin = Console(self, founded["login"], founded["password"])
        self.manager = Console(self, manager["login"], manager["password"])
        self.director = Console(self, director["login"], director["password"])
        self.hearings = self._attendable()
        self._undertakers = {}

    def _attendable(self):
        """The hearings that the law lets be attended, each case once."""
        cases = set()
        for hearing in list(self.manager.all("/hearings")):
            if hearing["gate"]["may_attend"] and hearing["case"] not in cases:
                cases.add(hearing["case"])
                yield hearing

    def run(self, *verb):
        """Runs a verb of the program and gives the JSON document that it prints."""
        done = subprocess.run(
            self._command(*verb),
            env=environment(**self._settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"tingfang {' '.join(verb)}: {(done.stdout + done.stderr).decode()}")
        return json.loads(done.stdout)

    def _command(self, *verb):
        return [str(program()), "--data", str(self._data), "--json", *verb]


class Terminal:
    """A phone in a terminal, for those whose app the stories are not about."""

    def __init__(self, centre, person):
        self.person = person
        self._folder = centre.folder("terminal-")
        server, code, fingerprint = centre.enrolment_text(person, by=centre.admin).split("|")[1:]
        # The folder is to be made by the phone.
        self._folder = self._folder / "phone"
        self.json(
            "enrol", "--server", server, "--code", code, "--fingerprint", fingerprint, "--name", "办公电脑"
        )

    def json(self, *verb):
        """Runs a verb and gives its JSON."""
        command = [str(program()), "--json", "phone", "--dir", str(self._folder), *verb]
        done = subprocess.run(
            command, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(verb)}: {(done.stdout + done.stderr).decode()}")
        return json.loads(done.stdout)

    def set(self, record, fields):
        """Writes fields into a record."""
        edits = [part for path, value in fields.items() for part in ("--set", f"{path}={value}")]
        self.json("edit", record, *edits)

    def finish(self, record):
        """Seals a record and hands it in."""
        self.json("seal", record)
        done = self.json("sync")
        if done["not_accepted"] or done["waiting"]:
            raise RuntimeError(f"not everything arrived: {done}")
