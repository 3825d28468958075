#!/usr/bin/env python3
"""`locket fetch`, `locket access` and `locket token`: a caller's way through every check."""
import base64
import json
import os
import pty
import select
import stat
import subprocess
import time

import program
import tap
from program import IMODEL, OTHER, size_of

NOT_FOUND = {"error": {"code": "iModelNotFound", "message": "Requested iModel is not available."}}


class Fetch(program.ProgramCase):
    def setUp(self):
        super().setUp()
        self.store_one()
        self.make_callers("alice", "bob", "carol", "mallory")

    def test_both_sizes_come_as_pngs_of_their_size(self):
        for words, size in (((), (400, 250)), (("--size", "small"), (400, 250)), (("--size", "large"), (800, 500))):
            with self.subTest(words=words):
                [line] = self.fetch(IMODEL, "alice", *words, "-o", "out.png", "--json").lines
                self.assertEqual(size_of(self.folder / "out.png"), size)
                self.assertEqual(set(line), {"status", "headers", "body_bytes"})
                self.assertEqual((line["status"], line["headers"]["Content-Type"]), (200, "image/png"))
                self.assertEqual(line["body_bytes"], (self.folder / "out.png").stat().st_size)
                self.assertEqual(line["headers"]["Content-Length"], str(line["body_bytes"]))

    def test_the_etag_of_the_picture_gives_304_and_writes_nothing(self):
        [first] = self.fetch(IMODEL, "alice", "--json").lines
        [second] = self.fetch(IMODEL, "alice", "--if-none-match", first["headers"]["ETag"], "-o", "out.png", "--json").lines
        self.assertEqual((second["status"], second["body_bytes"]), (304, 0))
        self.assertFalse((self.folder / "out.png").exists())
        bare = first["headers"]["ETag"].strip('"')  # as a shell leaves it
        for known, status in ((bare, 304), ("*", 304), (f'"x", "{bare}"', 304), ("x", 200)):
            with self.subTest(known=known):
                self.assertEqual(self.fetch(IMODEL, "alice", "--if-none-match", known, "--json").lines[0]["status"], status)

    def test_unknown_malformed_and_hidden_imodels_get_the_same_answer(self):
        answers = [self.fetch(OTHER, "alice", "--json", code=1).lines, self.fetch("../etc", "alice", "--json", code=1).lines,
                   self.fetch(IMODEL, "mallory", "--json", code=1).lines]
        self.assertEqual(answers[0][0]["body"], NOT_FOUND)
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0], answers[2])

    def test_no_token_and_a_wrong_token_are_401(self):
        [line] = self.locket("fetch", IMODEL, "--keys", "keys/jwks.json", "--json", code=1).lines
        self.assertEqual((line["status"], line["body"]["error"]["code"]), (401, "HeaderNotFound"))
        self.write("wrong.token", "a.b.c")
        ended = self.fetch(IMODEL, "wrong", "--json", code=1)
        [line] = ended.lines
        self.assertEqual((line["status"], line["body"]["error"]["code"]), (401, "Unauthorized"))
        self.assertIn("refused: token_rejected: ", ended.err)
        self.assertNotIn("a.b.c", ended.err)

    def test_a_wrong_size_is_quoted_in_a_422(self):
        for text in ("huge", "Small", "", "a&size=small", "100%"):
            with self.subTest(text=text):
                [line] = self.fetch(IMODEL, "alice", "--size", text, "--json", code=1).lines
                self.assertEqual((line["status"], line["body"]["error"]["details"][0]["target"]), (422, "size"))
                self.assertIn(f"'{text}' is not", line["body"]["error"]["details"][0]["message"])

    def test_people_see_the_status_the_headers_and_an_errors_body(self):
        ended = self.fetch(IMODEL, "mallory", code=1)
        self.assertTrue(ended.out.startswith("404\n"))
        self.assertEqual(json.loads(ended.out.splitlines()[-1]), NOT_FOUND)

    def test_a_token_of_another_issuer_or_audience_is_refused(self):
        self.assertIn("401", self.fetch(IMODEL, "alice", "--issuer", "https://issuer.example", code=1).out)
        self.assertIn("401", self.fetch(IMODEL, "alice", "--audience", "somebody", code=1).out)
        token = self.locket("token", "sign", "--key", "keys/private.pem", "--sub", "alice", "--client-id", "example",
                            "--issuer", "https://issuer.example", "--audience", "here").out
        self.write("named.token", token)
        self.fetch(IMODEL, "named", "--issuer", "https://issuer.example", "--audience", "here")

    def test_an_empty_issuer_or_audience_is_refused_and_not_left_out(self):
        for option in ("--issuer", "--audience"):
            self.assertIn(f"{option}: must not be empty", self.fetch(IMODEL, "alice", option, "", code=2).err)

    def test_keys_that_cannot_be_used_are_wrong_usage(self):
        self.locket("fetch", IMODEL, "--keys", "missing.json", "--token-file", "alice.token", code=2)
        self.write("broken.json", "{")
        self.locket("fetch", IMODEL, "--keys", "broken.json", "--token-file", "alice.token", code=2)
        self.locket("fetch", IMODEL, "--token-file", "alice.token", code=2)

    def test_a_token_can_come_from_standard_input(self):
        token = (self.folder / "alice.token").read_text()
        self.locket("fetch", IMODEL, "--keys", "keys/jwks.json", "--token-file", "-", stdin=token)

    def sign(self, claims):
        """A token of another hand, so that it can say what `locket token sign` would not."""
        def encoded(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")

        kid = json.loads((self.folder / "rsa/jwks.json").read_text())["keys"][0]["kid"]
        head = encoded(json.dumps({"alg": "RS256", "kid": kid}).encode()) + b"." + encoded(json.dumps(claims).encode())
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.folder / "rsa/private.pem"], input=head,
                                   check=True, capture_output=True).stdout
        return head + b"." + encoded(signature)

    def test_a_token_is_good_from_its_start_to_its_end_by_the_wall_clock(self):
        self.locket("token", "keygen", "--out", "rsa", "--algorithm", "RS256")
        now, year = int(time.time()), 31_556_952
        # Start, end and whether the token is good now, with the leeway of a minute.
        for start, end, good in ((now - 10, now + 600, True), (now - year, now - 90, False), (now - 600, now - 5, True),
                                 (now - 101 * year, now - 100 * year, False), (0, 1, False), (now + 600, now + 1200, False),
                                 (now + year, now + 2 * year, False), (now + 5, now + 600, True), (0, 2**31, now < 2**31),
                                 (0, 2**32, True), (0, 253_402_300_799, True), (0, 253_402_300_800, False),
                                 (0, 2**63 - 1, False), (0, 2**63, False), (-1, now + 600, False), (now + 600, now - 600, False)):
            with self.subTest(start=start - now, end=end - now):
                self.write("timed.token", self.sign({"sub": "alice", "client_id": "example", "scope": "itwin-platform",
                                                     "nbf": start, "exp": end}))
                answer = self.locket("fetch", IMODEL, "--keys", "rsa/jwks.json", "--token-file", "timed.token", "--json",
                                     code=0 if good else 1)
                self.assertEqual(answer.lines[0]["status"], 200 if good else 401)

    def test_no_output_ever_holds_the_token(self):
        token = (self.folder / "mallory.token").read_text().strip()
        for ended in (self.fetch(IMODEL, "mallory", code=1), self.fetch(IMODEL, "mallory", "--json", code=1),
                      self.fetch(IMODEL, "alice", "--issuer", "x", code=1)):
            for part in token.split("."):
                self.assertNotIn(part, ended.out + ended.err)


class StandardOutput(program.ProgramCase):
    """`fetch -o -`, and where no output can go there."""

    def fetch_into(self, stdout, *words, user="alice", output="-"):
        """Fetches with standard output somewhere; gives how it ended, bytes as they are."""
        return subprocess.run([program.PROGRAM, "fetch", IMODEL, "--keys", "keys/jwks.json", "--token-file", f"{user}.token", "-o",
                               output, *words], cwd=self.folder, check=False, stdout=stdout, stderr=subprocess.PIPE)

    def test_the_picture_alone_goes_there_and_the_rest_to_standard_error(self):
        self.store_one()
        self.make_callers("alice", "mallory")
        self.fetch(IMODEL, "alice", "-o", "small.png")
        picture = (self.folder / "small.png").read_bytes()
        ended = self.fetch_into(subprocess.PIPE)
        self.assertEqual((ended.returncode, ended.stdout), (0, picture))
        self.assertTrue(ended.stderr.startswith(b"200\n"), ended.stderr)
        with open(self.folder / "taken.png", "wb") as file:
            self.assertEqual(self.fetch_into(file, output="/dev/stdout").returncode, 0)
        self.assertEqual((self.folder / "taken.png").read_bytes(), picture)
        self.assertFalse((self.folder / "-").exists())
        refused = self.fetch_into(subprocess.PIPE, user="mallory")
        self.assertEqual((refused.returncode, refused.stdout), (1, b""))
        self.assertTrue(refused.stderr.startswith(b"404\n"), refused.stderr)
        self.assertIn(b"iModelNotFound", refused.stderr)
        with open("/dev/full", "wb") as full:
            ended = self.fetch_into(full)
        self.assertEqual(ended.returncode, 2)
        self.assertIn(b"standard output can't be written", ended.stderr)

    def test_a_terminal_and_json_are_spared(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, theirs)
        for stdout, words, told in ((theirs, (), b"terminal"), (subprocess.PIPE, ("--json",), b"--json")):
            ended = self.fetch_into(stdout, *words)
            self.assertEqual(ended.returncode, 2)
            self.assertIn(told, ended.stderr)
            self.assertFalse(ended.stdout)
        self.assertEqual(select.select([ours], [], [], 0)[0], [])

    def test_what_makes_several_files_or_a_store_does_not_take_it(self):
        self.write("a.png", program.png(60, 60))
        for words in (("render", "a.png", "-o", "-"), ("export", "-"), ("gallery", "-o", "-"), ("backup", "-"),
                      ("token", "keygen", "--out", "-")):
            with self.subTest(words=words):
                self.assertIn("./-", self.locket(*words, code=2).err)
        self.assertFalse((self.folder / "-").exists())
        self.locket("render", "a.png", "-o", "./-")
        self.assertTrue((self.folder / "-/a.small.png").exists())


class OutputFile(program.ProgramCase):
    """What stands where `fetch -o` writes."""

    def setUp(self):
        super().setUp()
        self.store_one()
        self.make_callers("alice")
        self.locket("export", "exported")
        self.picture = (self.folder / f"exported/{IMODEL}.small.png").read_bytes()

    def test_a_link_stays_and_what_it_leads_to_gets_the_picture(self):
        old = self.write("there/old.png", b"old")
        (self.folder / "to-old").symlink_to("there/old.png")
        (self.folder / "to-link").symlink_to("to-old")
        (self.folder / "to-new").symlink_to("there/new.png")
        for link in ("to-link", "to-new"):
            self.fetch(IMODEL, "alice", "-o", link)
            self.assertTrue((self.folder / link).is_symlink())
            self.assertEqual((self.folder / link).read_bytes(), self.picture)
        self.assertEqual(old.read_bytes(), self.picture)
        self.assertEqual({file.name for file in old.parent.iterdir()}, {"old.png", "new.png"})
        (self.folder / "ring").symlink_to("ring")
        self.assertIn("ring can't be written", self.fetch(IMODEL, "alice", "-o", "ring", code=2).err)
        self.assertTrue((self.folder / "ring").is_symlink())

    def test_a_stream_is_written_to_and_not_replaced(self):
        (self.folder / "to-stream").symlink_to("/proc/self/fd/2")
        for output in ("to-stream", "/dev/fd/2", "told"):
            with self.subTest(output=output), open(self.folder / "told", "wb+") as told:
                self.locket("fetch", IMODEL, "--keys", "keys/jwks.json", "--token-file", "alice.token", "-o", output,
                            before_start=lambda file=told: os.dup2(file.fileno(), 2))
                self.assertEqual(os.pread(told.fileno(), 1 << 20, 0), self.picture)
        self.assertTrue((self.folder / "to-stream").is_symlink())
        with open(self.folder / "told", "wb+") as told:
            ended = self.locket("fetch", IMODEL, "--keys", "keys/jwks.json", "--token-file", "alice.token", "-o", "/dev/fd/1",
                                before_start=lambda: os.dup2(told.fileno(), 1))
            self.assertEqual(os.pread(told.fileno(), 1 << 20, 0), self.picture)
            self.assertTrue(ended.err.startswith("200\n"), ended.err)

    def test_a_number_is_written_into_where_it_was_given_and_nowhere_else(self):
        words = ["fetch", IMODEL, "--keys", "keys/jwks.json", "--token-file", "alice.token", "-o", "/dev/fd/9"]
        script = 'exec "$0" "$@" 9>given.png'
        told = subprocess.run(["sh", "-c", script, program.PROGRAM, *words], cwd=self.folder, check=False, capture_output=True)
        self.assertEqual((told.returncode, (self.folder / "given.png").read_bytes()), (0, self.picture), told.stderr)
        for number in (3, 4, 5):  # such as the store
            self.fetch(IMODEL, "alice", "-o", f"/dev/fd/{number}", code=2)
        self.assertEqual(self.locket("check", "--json").lines, [{"checked": 2, "damaged": []}])

    def test_a_file_keeps_its_mode(self):
        old = self.write("mine.png", b"old")
        for mode in (0o600, 0o666):
            old.chmod(mode)
            self.fetch(IMODEL, "alice", "-o", "mine.png")
            self.assertEqual((old.read_bytes(), stat.S_IMODE(old.stat().st_mode)), (self.picture, mode))
        self.write("keys/private.pem", b"old").chmod(0o644)
        self.locket("token", "keygen", "--out", "keys", "--replace")
        self.assertEqual(stat.S_IMODE((self.folder / "keys/private.pem").stat().st_mode), 0o600)

    def test_nothing_that_the_call_works_with_is_written_over(self):
        (self.folder / "link").symlink_to("alice.token")
        (self.folder / "same").hardlink_to(self.folder / "thumbnails.locket")
        for output in ("thumbnails.locket", "./thumbnails.locket-wal", "thumbnails.locket-shm", "thumbnails.locket-lock", "same",
                       "keys/jwks.json", "alice.token", "link"):
            with self.subTest(output=output):
                file = self.folder / output
                before = file.read_bytes() if file.exists() else None
                self.assertIn(output, self.fetch(IMODEL, "alice", "-o", output, code=2).err)
                self.assertEqual(file.read_bytes() if file.exists() else None, before)
        self.fetch(IMODEL, "alice", "-o", "small.png")

    def test_a_pipe_is_written_into_where_somebody_reads_it(self):
        os.mkfifo(self.folder / "pipe")
        self.assertIn("nobody reads", self.fetch(IMODEL, "alice", "-o", "pipe", code=2).err)
        reader = os.open(self.folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.fetch(IMODEL, "alice", "-o", "pipe")
        self.assertEqual(os.read(reader, len(self.picture) + 1), self.picture)


class Access(program.ProgramCase):
    def setUp(self):
        super().setUp()
        self.store_one()
        self.make_callers("alice")

    def test_what_was_loaded_is_shown_again_and_loads_again(self):
        shown = self.locket("access", "show").out
        self.assertEqual(json.loads(shown)["itwins"][0]["owners"], ["olivia"])
        self.write("again.json", shown)
        self.locket("access", "load", "again.json")
        self.assertEqual(json.loads(self.locket("access", "show").out), json.loads(shown))

    def test_no_name_commands_a_terminal_and_each_loads_again_as_it_was(self):
        users = ["\x7f", *map(chr, range(0x80, 0xa3)), "a\x9b31mb\u00e9\x7f\u20ac"]
        document = json.loads((program.EXAMPLES / "access.json").read_text())
        document["itwins"][0]["owners"] = users
        self.write("controls.json", json.dumps(document))
        self.locket("access", "load", "controls.json")
        for words in ((), ("--json",)):
            shown = self.locket("access", "show", *words).out
            self.assertNotRegex(shown, "[\x7f-\x9f]")
            self.assertIn("a\\u009b31mb\u00e9\\u007f\u20ac", shown)
            self.write("again.json", shown)
            self.locket("access", "load", "again.json")
            self.assertEqual(sorted(json.loads(self.locket("access", "show").out)["itwins"][0]["owners"]), sorted(users))

    def test_shown_for_programs_it_is_one_line(self):
        self.locket("access", "load", program.EXAMPLES / "access.json")
        [line] = self.locket("access", "show", "--json").out.splitlines()
        self.assertNotIn("  ", line)
        self.assertFalse(self.locket("access", "show").out.endswith("\n\n"))

    def test_a_wrong_document_is_refused_whole_with_the_place(self):
        before = self.locket("access", "show").out
        document = json.loads((program.EXAMPLES / "access.json").read_text())
        document["itwins"][0]["members"][1]["roles"] = ["nobody"]
        self.write("wrong.json", json.dumps(document))
        ended = self.locket("access", "load", "wrong.json", code=2)
        self.assertIn("itwins[0].members[1].roles[0]", ended.err)
        self.assertEqual(self.locket("access", "show").out, before)

    def test_explain_tells_the_rule(self):
        cases = (("alice", "imodels_webview", True, "itwin_permission"), ("alice", "imodels_manage", False, "itwin_permission"),
                 ("bob", "imodels_manage", True, "itwin_permission"), ("olivia", "imodels_manage", True, "itwin_owner"),
                 ("carol", "imodels_webview", True, "organization_administrator"),
                 ("mallory", "imodels_webview", False, "itwin_permission"))
        for user, permission, allowed, rule in cases:
            with self.subTest(user=user, permission=permission):
                ended = self.locket("access", "explain", user, IMODEL, "--permission", permission, "--json",
                                    code=0 if allowed else 1)
                self.assertEqual((ended.lines[0]["allowed"], ended.lines[0]["rule"]), (allowed, rule))

    def test_explain_tells_that_no_facts_name_an_imodels_itwin(self):
        path = self.write(f"{OTHER}.png", program.png(60, 60))
        self.locket("import", path, "--itwin", OTHER, "--store", "bare.locket")
        ended = self.locket("access", "explain", "alice", OTHER, "--store", "bare.locket", "--json", code=1)
        self.assertEqual((ended.lines[0]["allowed"], ended.lines[0]["rule"]), (False, "itwin_unknown"))
        self.locket("import", path, "--itwin", OTHER)  # beside iModels whose iTwin the facts name
        self.assertIn("not in the access document", self.locket("access", "explain", "alice", OTHER, code=1).out)
        self.locket("access", "explain", "alice", IMODEL)

    def test_explain_tells_that_an_imodel_is_unknown(self):
        ended = self.locket("access", "explain", "alice", OTHER, "--json", code=1)
        self.assertEqual(ended.lines[0]["rule"], "imodel_unknown")
        self.assertIn("GUID", self.locket("access", "explain", "alice", "nonsense", code=2).err)

    def test_a_permission_that_does_not_exist_is_wrong_usage(self):
        self.assertIn("imodels_webview", self.locket("access", "explain", "alice", IMODEL, "--permission", "x", code=2).err)


class Token(program.ProgramCase):
    def claims(self, token):
        body = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))

    def test_a_key_is_for_its_owner_alone_and_is_not_replaced_unasked(self):
        self.locket("token", "keygen", "--out", "keys")
        private = self.folder / "keys/private.pem"
        self.assertEqual(stat.S_IMODE(private.stat().st_mode), 0o600)
        before = private.read_bytes()
        self.assertIn("--replace", self.locket("token", "keygen", "--out", "keys", code=2).err)
        self.assertEqual(private.read_bytes(), before)
        self.locket("token", "keygen", "--out", "keys", "--replace")
        self.assertNotEqual(private.read_bytes(), before)

    def test_the_keys_of_others_are_not_replaced_unasked(self):
        keys = self.write("keys/jwks.json", '{"keys":[]}')
        told = self.locket("token", "keygen", "--out", "keys", code=2).err
        self.assertIn("keys/jwks.json exists", told)
        self.assertEqual([(path.name, path.read_text()) for path in keys.parent.iterdir()], [("jwks.json", '{"keys":[]}')])

    def files(self):
        return {path.name: path.read_bytes() for path in (self.folder / "keys").iterdir() if path.is_file()}

    def test_a_pair_that_can_not_be_replaced_whole_stays(self):
        self.locket("token", "keygen", "--out", "keys", "--algorithm", "ES256")
        for name in ("jwks.json", "private.pem"):
            with self.subTest(name=name):
                taken = self.folder / "keys" / name
                taken.rename(self.folder / name)
                taken.mkdir()
                before = self.files()
                self.assertIn(f"keys/{name}", self.locket("token", "keygen", "--out", "keys", "--replace", code=2).err)
                self.assertEqual(self.files(), before)
                taken.rmdir()
                (self.folder / name).rename(taken)

    def test_the_first_of_a_pair_is_taken_back_when_the_second_can_not_be_put_there(self):
        self.locket("token", "keygen", "--out", "keys", "--algorithm", "ES256")
        before = self.files()
        for name in ("private.pem", "jwks.json"):  # as a container has a file of its host
            script = f'mount --bind keys/{name} keys/{name} || exit 77; exec "$0" token keygen --out keys --replace'
            told = subprocess.run(["unshare", "--mount", "sh", "-c", script, program.PROGRAM], cwd=self.folder, check=False,
                                  capture_output=True, text=True)
            if told.returncode == 77 or "unshare" in told.stderr:
                self.skipTest("nothing can be mounted here")
            self.assertIn(f"keys/{name} can't be written", told.stderr)
            self.assertEqual((told.returncode, self.files()), (2, before))

    def test_of_many_that_make_a_key_at_once_one_does(self):
        # An RSA key takes its time, in which each has seen that there is none yet.
        calls = [subprocess.Popen([program.PROGRAM, "token", "keygen", "--out", "keys"], cwd=self.folder,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(4)]
        self.assertEqual(sorted(call.wait() for call in calls), [0, 2, 2, 2])
        self.assertEqual(set(self.files()), {"private.pem", "jwks.json"})
        token = self.locket("token", "sign", "--key", "keys/private.pem", "--sub", "a", "--client-id", "b").out
        head = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
        self.assertEqual(head["kid"], json.loads(self.files()["jwks.json"])["keys"][0]["kid"])

    def test_the_jwks_holds_no_private_part(self):
        for algorithm in ("RS256", "PS256", "ES256"):
            self.locket("token", "keygen", "--out", algorithm, "--algorithm", algorithm)
            [key] = json.loads((self.folder / algorithm / "jwks.json").read_text())["keys"]
            self.assertFalse({"d", "p", "q", "dp", "dq", "qi", "k"} & set(key))

    def test_a_token_says_what_was_asked_for(self):
        self.locket("token", "keygen", "--out", "keys", "--algorithm", "ES256")
        token = self.locket("token", "sign", "--key", "keys/private.pem", "--sub", "alice", "--client-id", "app", "--scope",
                            "one", "--scope", "two", "--expires-in", 60, "--issuer", "i", "--audience", "a").out.strip()
        claims = self.claims(token)
        self.assertEqual((claims["sub"], claims["client_id"], claims["scope"]), ("alice", "app", ["one", "two"]))
        self.assertEqual((claims["iss"], claims["exp"] - claims["iat"]), ("i", 60))
        self.assertIn("a", claims["aud"])

    def test_what_no_verifier_takes_is_not_signed(self):
        self.locket("token", "keygen", "--out", "keys", "--algorithm", "ES256")
        good = {"--sub": "u" * 256, "--client-id": "\u00e9" * 128, "--scope": "itwin-platform"}
        for option, wrong in (("--sub", ("", "u" * 257, "a\nb", "\x7f", "\x1b[m")), ("--client-id", ("", "\u00e9" * 129, "a\tb")),
                              ("--scope", ("", "a b", "a\x01", 'a"', "a\\", "\u00e9", "s" * 8192))):
            for text in wrong:
                with self.subTest(option=option, text=text[:10]):
                    words = [word for pair in (good | {option: text}).items() for word in pair]
                    told = self.locket("token", "sign", "--key", "keys/private.pem", *words, code=2)
                    self.assertEqual(told.out, "")
                    self.assertIn("at most" if len(text) > 99 else f"{option}: must", told.err)
        for option in (*good, "--issuer", "--audience"):
            words = [word for pair in (good | {option: "caf\udce9"}).items() for word in pair]
            self.assertIn(f"{option}: must be", self.locket("token", "sign", "--key", "keys/private.pem", *words, code=2).err)
        words = [word for pair in good.items() for word in pair]
        token = self.locket("token", "sign", "--key", "keys/private.pem", *words).out.strip()
        self.assertEqual(self.claims(token)["sub"], "u" * 256)

    def test_a_key_that_is_none_is_told(self):
        self.write("key.pem", "nothing")
        self.assertIn("key.pem", self.locket("token", "sign", "--key", "key.pem", "--sub", "a", "--client-id", "b", code=2).err)


if __name__ == "__main__":
    tap.run_module()
