"""stress.py JAVA_HOME LIBRARY DIR SECONDS: rules come and go under four threads that count every
answer that neither their methods nor a rule gives."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from agentlib import Jvm

home, library, directory, seconds = sys.argv[1:5]
process = subprocess.Popen([home + "/bin/java", "-cp", directory, "Stress"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask():
    process.stdin.write("\n")
    process.stdin.flush()
    return [int(n) for n in process.stdout.readline().split()]


def install(jvm, method, uid, **keys):
    answer = jvm.command("install", ("class", "Stress"), ("method", method), uid=uid, key=uid, **keys)
    assert answer["status"] == ["ok"], answer


ask()
jvm = Jvm(process.pid, library)
end, cycles, hits = time.time() + float(seconds), 0, 0
while time.time() < end or cycles < 6:
    cycles += 1
    if cycles % 2:
        install(jvm, "number", "a", action="throw", exception="Stress$Expected", message="stress")
    else:
        install(jvm, "number", "a", action="return", value="4242")
    install(jvm, "text", "b", action="return", value=f"forced-{cycles % 2 + 1}", percent=50)
    install(jvm, "plain", "c", action="return", value="r + 1000000", when="exit", count=100)
    time.sleep(0.02)
    hits += jvm.rule("c")["hits"]
    for uid in "bac" if cycles % 2 else "cba":
        assert jvm.command("remove", uid=uid)["gone"] == ["1"]
calls, wrong, thrown, forced = ask()
print(f"# {cycles} cycles, {calls} rounds, {thrown} exceptions, {forced} forced values, {hits} of rules with a count")
process.kill()
if wrong or not thrown or not forced or not 0 < hits <= 100 * cycles:
    sys.exit(f"not ok - {wrong} wrong answers")
print("ok - every answer was the method's own or a rule's")
