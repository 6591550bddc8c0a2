#!/usr/bin/env bash
# console: signing up, in and out; wrong passwords; sessions, also across a restart; requests from
# other sites; what stands in the database.
# timeout 60
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
import sqlite3
import urllib.error
from drill import *

PASSWORD = "a long enough password"
box = Box()


def post(action, body=None, headers=None, data=None):
    """Status, answer and headers of a request with nothing but these headers."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{box.port}/chaos/{action}",
        data=data if data is not None else json.dumps(body or {}).encode(),
        headers=dict({"Content-Type": "application/json"}, **(headers or {})))
    try:
        answer = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, json.loads(answer.read()), answer.headers


def code(*args, **more):
    return post(*args, **more)[1]["code"]


anna = Console(box, "anna")
for name, password, what in (("anna", PASSWORD, "a name that is taken"),
                             ("ANNA", PASSWORD, "the same in capitals"),
                             ("carla", "short", "a short password"),
                             ("", PASSWORD, "no name"), ("a b", PASSWORD, "a name with a blank"),
                             ("<b>", PASSWORD, "a name with markup"),
                             ("x" * 65, PASSWORD, "a long name")):
    answer = post("UserRegister", {"userName": name, "password": password})[1]
    check(f"{what} cannot sign up", not answer["success"] and answer["error"], answer)

answer = post("UserLogin", {"userName": "anna", "password": PASSWORD})
cookie = answer[2]["Set-Cookie"]
check("the cookie is for the server alone",
      all(w in cookie for w in ("HttpOnly", "SameSite=Strict", "Path=/")), cookie)
check("the licence is 32 hex digits", len(anna.license) == 32 and int(anna.license, 16) >= 0)
equal("and asked for by the pages", anna.result("QueryLicenseKey"), anna.license)

with open(os.path.join(box.state, "gale-box.db"), "rb") as f:
    disk = f.read()
if os.path.exists(box.state + "/gale-box.db-wal"):
    with open(box.state + "/gale-box.db-wal", "rb") as f:
        disk += f.read()
check("the password is nowhere on disk", PASSWORD.encode() not in disk)
check("nor is the token of the session", anna.cookie.split("=")[1].encode() not in disk)
check("the password is an argon2id hash", b"$argon2id$" in disk)

# Requests that a page of somebody else could make a browser send.
mine = {"Cookie": anna.cookie}
for headers, what in (({"Content-Type": "text/plain"}, "a form's content type"),
                      ({"Origin": "http://evil.example"}, "another origin"),
                      ({"Origin": "null"}, "a hidden origin"),
                      ({"Sec-Fetch-Site": "cross-site"}, "another site")):
    status, answer, _ = post("CreateNamespace", {"name": "foreign"}, dict(mine, **headers))
    equal(f"{what} is refused", (status, answer["code"]), (403, "P_USER_PERMISSION_DENIED"))
equal("and none of them did anything", [n["name"] for n in anna.result("QueryNamespaceList")],
      ["default"])
equal("our own origin is not",
      code("QueryNamespaceList", {}, dict(mine, Origin=f"http://127.0.0.1:{box.port}")), "200")

# Wrong passwords.
for _ in range(20):  # on a busy machine the second of waiting may be over
    wrong = [post("UserLogin", {"userName": "anna", "password": f"wrong {i}"})[1] for i in range(5)]
    answer = post("UserLogin", {"userName": "anna", "password": PASSWORD})[1]
    if not answer["success"]:
        break
equal("five wrong passwords are five refusals", [w["code"] for w in wrong], [3005] * 5)
equal("then even the right one has to wait", answer["code"], 3100)
check("and is told how long", " s" in answer["error"], answer)
unknown = post("UserLogin", {"userName": "nobody", "password": "wrong"})[1]
equal("an unknown name sounds the same", unknown, wrong[0])
equal("a session goes on meanwhile", anna.call("LoginUserInfo")["code"], 200)
check("after the wait the right one is good", wait_for(
    lambda: code("UserLogin", {"userName": "anna", "password": PASSWORD}) == 200))

# Restart.
box.kill()
box.start()
equal("a session outlives a kill of the box", anna.call("LoginUserInfo")["result"]["userName"],
      "anna")

# Passwords and the end of sessions.
other = Console(box, "anna")
equal("a wrong old password changes nothing",
      anna.call("ChangePassword", {"oldPassword": "wrong", "newPassword": "quite another one"})
      ["code"], "P_LOGIN_FORBINATION")
equal("a short new one neither",
      anna.call("ChangePassword", {"oldPassword": PASSWORD, "newPassword": "short"})["code"],
      "P_ARGUMENT_ILLEGAL")
equal("the right one does", anna.call(
    "ChangePassword", {"oldPassword": PASSWORD, "newPassword": "quite another one"})["success"],
      True)
equal("this session stays", anna.call("LoginUserInfo")["code"], 200)
equal("the others end", other.call("LoginUserInfo")["code"], 3001)
equal("the old password is over",
      code("UserLogin", {"userName": "anna", "password": PASSWORD}), 3005)
old = anna.cookie
anna.call("UserLoginout")
anna.cookie = old
equal("signing out ends a session at the box, not in the browser",
      anna.call("LoginUserInfo")["code"], 3001)

# Bad requests.
equal("no JSON", post("UserLogin", data=b"{")[0], 400)
equal("no object", post("UserLogin", data=b"[1]")[0], 400)
equal("a missing member", code("UserLogin", {"userName": "anna"}), 600)
equal("a member of another type", code("UserLogin", {"userName": {}, "password": "x"}), 406)
equal("deep JSON", post("UserLogin", data=b'{"a":' + b"[" * 100000)[0], 400)
equal("an unknown route", post("NoSuchAction")[0], 404)
with socket.create_connection(("127.0.0.1", box.port)) as raw:
    raw.sendall(b"POST /chaos/UserLogin HTTP/1.1\r\nHost: box\r\nContent-Type: application/json\r\n"
                b"Content-Length: 9000000\r\n\r\n{")
    check("a huge body is refused before it comes", b" 413 " in raw.recv(4096))
equal("and the box lives", code("LoginUserInfo"), 3001)
box.end()

# Who may sign up.
program = os.environ["GALE_BIN"] + "/gale-box"


def sign_ups(policy):
    state = tempfile.mkdtemp(prefix="box.", dir=os.environ["TMP"])
    port = free_port()
    process = subprocess.Popen([program, "--state", state, "--listen", f"127.0.0.1:{port}",
                                "--sign-up", policy, "--log.level", "error"])
    box.port = port
    wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
    results = [post("UserRegister", {"userName": name, "password": PASSWORD})[1]["code"]
               for name in ("one", "two")]
    process.terminate()
    process.wait()
    return results


equal("open: everybody", sign_ups("open"), [200, 200])
equal("first: the first", sign_ups("first"), [200, 3101])
equal("closed: nobody", sign_ups("closed"), [3101, 3101])

# From the command line.
state = tempfile.mkdtemp(prefix="box.", dir=os.environ["TMP"])
add = subprocess.run([program, "--state", state, "user", "add", "dora"], capture_output=True,
                     text=True)
out = dict(line.split() for line in add.stdout.splitlines())
check("user add prints licence and password", len(out.get("license", "")) == 32 and
      len(out.get("password", "")) >= 16, add)
again = subprocess.run([program, "--state", state, "user", "add", "dora"], capture_output=True,
                       text=True)
check("a second of the name is an error", again.returncode == 1 and "taken" in again.stderr, again)
rows = sqlite3.connect(os.path.join(state, "gale-box.db")).execute(
    "select name, license, length(secret_key) from user").fetchall()
equal("it is there once, with a secret of 64 digits", rows, [("dora", out["license"], 64)])
done()
EOF
