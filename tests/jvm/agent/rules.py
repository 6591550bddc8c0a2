"""rules.py JAVA_HOME LIBRARY DIR: rules of the agent library in the methods of a running JVM, under
-Xcheck:jni. DIR has the compiled classes, changer.jar and libcode.so."""
import concurrent.futures
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from agentlib import NEAR, Jvm

home, library, directory = sys.argv[1:4]
failures = 0


def check(text, got, wanted):
    global failures
    good = wanted(got) if callable(wanted) else got == wanted
    print(f"ok - {text}" if good else f"not ok - {text}: got {got!r}")
    failures += not good


class Victim:
    def __init__(self, *options):
        self.errors = open(f"{directory}/errors", "w+")
        self.process = subprocess.Popen(
            [home + "/bin/java", "-Xcheck:jni", f"-javaagent:{directory}/changer.jar", *options, "-cp", directory, "Driver"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.timed("add")
        self.jvm = Jvm(self.process.pid, library)

    def timed(self, what):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        ms, _, result = self.process.stdout.readline().rstrip("\n").partition(" ")
        return int(ms), result

    def call(self, what):
        return self.timed(what)[1]

    def install(self, uid, method, action, *lines, name="Victim", **keys):
        return self.jvm.command("install", ("class", name), ("method", method), *lines, uid=uid, key=uid, action=action, **keys)

    def remove(self, *uids):
        return [self.jvm.command("remove", uid=uid)["gone"][0] for uid in uids]

    def codes(self, name="Victim"):
        other = Jvm(self.process.pid, f"{directory}/libcode.so")
        other.load(f"{name} {directory}/codes".encode())
        with open(f"{directory}/codes") as f:
            return f.read()


def held(v, uid, word):
    """A held rule: what a call gave when its hooks were there, and the answer behind word(go, number)."""
    number, changes = v.jvm.number(), v.jvm.retransforms()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with v.jvm.holding() as go:
            answer = pool.submit(v.install, uid, "add", "throw", ("args", "int,int"), exception="Victim$Mine", hold=1, number=number)
            while v.jvm.retransforms() == changes and not answer.done():
                time.sleep(0.001)
            during = v.call("add")
            word(go, number)
        return during, answer.result()["status"]


def held_rules(v):
    before = v.codes()
    check("held, it has hooks that do nothing", held(v, "h", lambda go, n: go(n)), ("3", ["ok"]))
    check("then it is in force", v.call("add"), lambda s: s.startswith("!Victim$Mine"))
    check("a held one is taken back", (v.remove("h"), v.call("add")), (["1"], "3"))
    check("given up", held(v, "h", lambda go, n: go(~n)), ("3", ["timeout"]))
    begin = time.monotonic()
    check("its sender gone", held(v, "h", lambda go, n: None), ("3", ["timeout"]))
    check("which is not waited for", time.monotonic() - begin, lambda s: s < 5)
    check("nothing stays", (v.remove("h"), v.call("add"), v.codes()), (["0"], "3", before))


def one_rule(v):
    r = v.install("t", "add", "throw", ("args", "int,int"), exception="Victim$Mine", message="no 100% \u4f60")
    check("it says what matched", (r["status"], r["match"], r["classes"], r["methods"]), (["ok"], ["Victim add (II)I"], ["1"], ["1"]))
    check("an exception of the program's own", v.call("add"), "!Victim$Mine: no 100% \u4f60 AppClassLoader")
    check("not the other overload", v.call("addLong"), "3")
    check("the same key is a conflict", v.install("t", "add", "delay", time=1)["status"], ["conflict"])
    check("counted in the page", v.jvm.rule("t")["hits"], 1)
    check("taken back", (v.remove("t"), v.call("add")), (["1"], "3"))
    check("twice", v.remove("t"), ["0"])
    v.install("d", "name", "throw-declared")
    check("the declared exception, blade's message", v.call("name"), lambda s: s.startswith("!java.io.IOException: chaosblade-mock-exception"))
    v.remove("d")
    v.install("w", "nothing", "delay", time=150)
    check("a delay", v.timed("nothing")[0], lambda ms: ms >= 150)
    v.remove("w")
    v.install("w", "nothing", "delay", time=60000)
    check("an interrupt ends it and stays", v.timed("interrupted"), lambda r: r[0] < 50000 and r[1] == "interrupted true")
    v.remove("w")
    v.install("c", "caught", "throw", exception="java.lang.IllegalStateException", when="exit")
    check("an exception at the exit is not caught by the method itself", v.call("caught"), lambda s: "IllegalStateException" in s)
    v.remove("c")


def values(v):
    v.install("a", "add", "return", ("args", "int,int"), value="p0 * 100 + max(p1, 5)")
    check("a formula over the arguments", v.call("add"), "105")
    v.install("b", "add", "return", ("args", "int,int"), value="r + 1000", when="exit")
    check("the rule at the entry ends the call", v.call("add"), "105")
    v.remove("a")
    check("then the one at the exit acts", v.call("add"), "1003")
    v.remove("b")
    v.install("n", "name,boxed", "return", value="null")
    check("null", (v.call("name"), v.call("boxed")), ("null", "null"))
    v.remove("n")
    v.install("x", "boxed", "return", ("arg", "0 ~ noisy"), value="8")
    check("a box, by an argument that is asked for its text", v.call("boxed"), "8")
    v.install("y", "add", "throw", exception="java.lang.Error")
    check("hooks that the question meets do nothing", v.call("boxed"), "8")
    check("and do for others", v.call("add"), lambda s: "java.lang.Error" in s)
    v.remove("x", "y")


def selection(v):
    v.install("n", "add", "return", ("args", "int,int"), value="9", count=2)
    check("so many", [v.call("add") for _ in range(4)], ["9", "9", "3", "3"])
    check("it is over then", v.jvm.rule("n")["state"], 2)
    v.remove("n")
    v.install("p", "add", "return", ("args", "int,int"), value="9", percent=50, seed=7)
    first = [v.call("add") for _ in range(20)]
    v.remove("p")
    v.install("p", "add", "return", ("args", "int,int"), value="9", percent=50, seed=7)
    check("of so many, and the same again with the seed", [v.call("add") for _ in range(20)], lambda s: s == first and "9" in s and "3" in s)
    v.remove("p")
    for left in NEAR:
        v.remove("l")
        v.install("l", "nothing", "delay", time=60000, left=left)
        slept = v.timed("nothing")[0]
        if slept >= 500:
            break
    check("the deadline lets a sleeper go", slept, lambda ms: 500 <= ms < 50000)
    check("and the rule is dead without a command", (v.timed("nothing")[0] < 50000, v.jvm.rule("l")["state"]), (True, 2))
    v.remove("l")
    v.install("1", "nothing", "delay", time=60)
    v.install("2", "nothing", "delay", time=60)
    v.install("3", "nothing", "throw", exception="java.lang.Error")
    check("three on one method compose", v.timed("nothing"), lambda r: r[0] >= 120 and "Error" in r[1])
    v.remove("1", "3")
    check("and come off in any order", v.timed("nothing"), lambda r: 60 <= r[0] and r[1] == "done")
    v.remove("2")


def refusals(v):
    for text, answer, status, why in (
        ("no such class", v.install("r", "m", "delay", name="No", time=1), "notfound", "the class No is not loaded"),
        ("no such method", v.install("r", "m", "delay", time=1), "notfound", "has no method m"),
        ("a class of the JDK", v.install("r", "length", "delay", name="java.lang.String", time=1), "denied", "class of the JDK"),
        ("no such exception", v.install("r", "add", "throw", exception="no.Such"), "invalid", "no.Such is not found"),
        ("no exception", v.install("r", "add", "throw", exception="java.lang.String"), "invalid", "not assign from"),
        ("none declared", v.install("r", "add", "throw-declared"), "notfound", "declares no exception"),
        ("no value of the type", v.install("r", "add", "return", value="three"), "notfound", "three is no value"),
        ("no return from a constructor", v.install("r", "<init>", "return", value="null"), "notfound", "constructor"),
        ("no class in a script", v.install("r", "add", "script", source="int x;"), "invalid", "no class"),
    ):
        check(f"refused: {text}", (answer["status"][0], answer["message"][0]), lambda a: a[0] == status and why in a[1])
    check("nothing of them stays", v.jvm.command("list"), {"status": ["ok"]})


def late(v):
    r = v.install("w", "get", "throw", name="Late", exception="Late$Failure", wait=1)
    check("a class that is not there yet is waited for", (r["status"], r["methods"]), (["ok"], ["0"]))
    check("it is caught when it loads", v.call("late"), "!Late$Failure: chaosblade-mock-exception AppClassLoader")
    check("in another loader too, with that one's exception", v.call("twice"), "!Late$Failure: chaosblade-mock-exception URLClassLoader")
    check("and counted", v.jvm.rule("w")["methods"], 2)
    v.remove("w")
    check("and let go", v.call("late"), "late")
    for text in ("once it is there", "and again"):
        r = v.install("f", "get", "throw", name="Late", exception="Late$Failure")
        check(f"it is found {text}", (r["status"], v.call("late")[:13]), (["ok"], "!Late$Failure"))
        v.remove("f")
        check("and let go once more", v.call("late"), "late")


def others(v):
    v.call("change")
    v.install("o", "add", "delay", time=1)
    check("another agent's change stays with ours on top", v.call("text"), "modified")
    v.call("unchange")
    check("and goes while ours is there", (v.call("text"), v.timed("add")[0] >= 1), ("original", True))
    v.call("change")
    v.remove("o")
    check("and stays when ours goes", v.call("text"), "modified")
    v.call("unchange")


def again_and_again(v):
    plain = v.codes()
    for i in range(1000):
        assert v.install(f"g{i}", "nothing", "delay", time=1)["status"] == ["ok"]
        answer = v.jvm.command("remove", uid=f"g{i}")
    check("a class that was changed often keeps idle hooks and says so", answer["note"], lambda n: "see revoke" in n[0])
    check("the others are as they were", v.codes() != plain and min(v.timed("nothing")[0] for _ in range(5)) < 50, True)
    v.jvm.command("revoke")
    check("revoke: the code of every method is what it was", v.codes(), plain)


def script(v):
    source = "package p;\nimport java.util.Map;\npublic class S {\n\tstatic class In { }\n\tpublic Object run(Map<String, Object> m) { new In(); return m.get(\"0\") + \"!\"; }\n}\n"
    r = v.install("s", "name", "script", source=source)
    check("a script in Java", (r["status"], v.call("name")), (["ok"], "x!"))
    v.remove("s")
    r = v.install("s", "name", "script", source=source, jars=f"{directory}/changer.jar", **{"jar-dir": directory})
    check("with jars", (r["status"], v.call("name")), (["ok"], "x!"))
    v.remove("s")
    for key in ("jars", "jar-dir"):
        r = v.install("s", "name", "script", source=source, **{key: f"{directory}/none"})
        check(f"{key} that are not there", (r["status"], r["message"]), lambda a: a[0] == ["invalid"] and "/none" in a[1][0])
    check("its compiler's words", v.install("s", "name", "script", source="class S { x }")["message"], lambda m: "S.java:1: error" in m[0])


v = Victim()
code = v.codes()
for part in (one_rule, held_rules, values, selection, refusals, late, others):
    part(v)
check("the code of every method is what it was", v.codes(), code)
script(v)
if int(v.jvm.page()[568:570]) >= 21:
    v.install("v", "nothing", "delay", time=300)
    check("virtual threads wait side by side", v.timed("virtual"), lambda r: r[1] == "joined" and r[0] < 10000)
    v.remove("v")
again_and_again(v)
v.process.stdin.close()
check("the JVM ends as usual", v.process.wait(timeout=100), 0)
v.errors.seek(0)
check("-Xcheck:jni has nothing to say", [line for line in v.errors if not line.startswith("WARNING: ") or "JNI" in line], [])
sys.exit(failures != 0)
