"""direct.py JAVA_HOME LIBRARY DIR: the faults of a JVM as a whole: seen by its own beans, and that
nothing of them is left."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from agentlib import NEAR, Jvm

home, library, directory = sys.argv[1:4]
failures = 0
process = subprocess.Popen(
    [home + "/bin/java", "-Xcheck:jni", "-Xmx64m", "-XX:MaxMetaspaceSize=64m", "-XX:MaxDirectMemorySize=32m", "-XX:ReservedCodeCacheSize=64m",
     "-cp", directory, "Gauge"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def gauge():
    process.stdin.write("\n")
    process.stdin.flush()
    line = process.stdout.readline()
    while not line[0].isdigit():
        print("#", line.rstrip())
        line = process.stdout.readline()
    return dict(zip(("heap", "meta", "direct", "code", "gcs"), map(int, line.split())))


def cpu():
    with open(f"/proc/{process.pid}/stat") as f:
        return sum(map(int, f.read().rpartition(")")[2].split()[11:13]))


def threads(name):
    count = 0
    for task in os.listdir(f"/proc/{process.pid}/task"):
        try:
            with open(f"/proc/{process.pid}/task/{task}/comm") as f:
                count += f.read().startswith(name)
        except OSError:
            pass  # it has just ended
    return count


def check(text, good, *seen):
    global failures
    print(f"ok - {text}" if good else f"not ok - {text}: {seen}")
    failures += not good


def until(seconds, condition):
    end = time.time() + seconds
    while not condition() and time.time() < end:
        time.sleep(0.1)
    return condition()


def fault(text, seen, gone, **keys):
    answer = jvm.command("start", uid="f", key="f", **keys)
    check(f"{text}: begins", answer["status"] == ["ok"], answer)
    check(f"{text}: is felt", until(60, seen), jvm.rule("f"))
    jvm.command("remove", uid="f")
    check(f"{text}: leaves nothing", until(60, lambda: gone() and threads("gale-") == 0))


gauge()
jvm = Jvm(process.pid, library)
jvm.command("hello")
before, used = gauge(), cpu()
fault("cpu", lambda: cpu() > used + 50 and threads("gale-cpu") == 2, lambda: True, action="cpu", count=2)
fault("threads", lambda: threads("gale-thread") == 40, lambda: True, action="threads", count=40)
fault("running threads", lambda: threads("gale-thread") == 2, lambda: True, action="threads", count=2, state="run")
fault("collections", lambda: gauge()["gcs"] >= before["gcs"] + 10, lambda: True, action="gc", interval=20)
# A full heap leaves nothing to answer with: the page says that it is full.
fault("heap", lambda: jvm.rule("f")["hits"] > 10, lambda: gauge()["heap"] < 20, action="oom", area="heap", interval=5, wild=1)
fault("direct buffers", lambda: jvm.rule("f")["hits"] and gauge()["direct"] > 25, lambda: gauge()["direct"] == 0, action="oom", area="OFFHEAP", interval=5, wild=1)
fault("metaspace", lambda: jvm.rule("f")["hits"] and gauge()["meta"] > 45, lambda: gauge()["meta"] < 20, action="oom", area="noheap", interval=5, wild=1)
fault("compiled code", lambda: gauge()["code"] > before["code"] + 5, lambda: gauge()["meta"] < 20, action="codecache")
jvm.command("start", uid="g", key="g", action="gc", interval=1, count=5)
check("so many collections", until(60, lambda: jvm.rule("g")["state"] == 2) and jvm.rule("g")["hits"] == 5, jvm.rule("g"))
for left in NEAR:
    jvm.command("remove", uid="h")
    jvm.command("start", uid="h", key="h", action="threads", count=5, left=left)
    begun = until(left / 1000, lambda: threads("gale-thread") == 5)
    if begun:
        break
check("the deadline ends them without a command", begun and until(60, lambda: threads("gale-thread") == 0))
check("the same key is a conflict", jvm.command("start", uid="i", key="h", action="cpu")["status"] == ["conflict"])
check("no area", jvm.command("start", uid="j", key="j", action="oom", area="attic")["message"] == ["illegal argument value:area [attic]"])
check("revoke stops all", jvm.command("revoke")["gone"] == ["2"])
process.kill()
sys.exit(failures != 0)
