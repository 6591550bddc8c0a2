"""A drill on the shop: four faults one after another, each looked at by a client and by the load."""
from drill import *


def get(path):
    """Status, milliseconds and text of an answer."""
    begin = time.monotonic()
    try:
        answer = urllib.request.urlopen(os.environ["SHOP"] + path, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        text = answer.read().decode()
    return answer.status, (time.monotonic() - begin) * 1000, text


class Load:
    """What the load on /price/1 is answered from now on, each in the same form."""

    def __init__(self):
        self.file = open(os.path.join(os.environ["TMP"], "load.log"))
        self.file.seek(0, os.SEEK_END)
        self.rest = ""

    def answers(self):
        lines = (self.rest + self.file.read()).split("\n")
        self.rest = lines.pop()
        for line in lines:
            ms, status, text = (line + " ").split(" ", 2)
            yield int(status), int(ms), text.strip()

    def sees(self, what):
        return wait_for(lambda: any(map(what, self.answers())))


def late(answer):
    return answer[0] == 200 and answer[1] >= 1000 and answer[2] == "20"


def fault(code, **values):
    named = {alias.replace("_", "-"): value for alias, value in values.items()}
    return {"attack": [activity(code, dict(named, pid=os.environ["SHOP_PID"]), user_check=True)],
            "recover": [activity(code + ".stop")]}


STEPS = [  # what is done, and what a request of /price/1 then is
    ("an exception",
     fault("chaos.servlet.throwCustomException", requestpath="/price/1",
           exception="java.lang.IllegalStateException", exception_message="from a drill"),
     lambda a: a[0] == 500),
    ("a delay", fault("chaos.jvm.delay", classname="Shop", methodname="price", time="1000"), late),
    ("another value", fault("chaos.jvm.return", classname="Shop", methodname="price", value="42"),
     lambda a: a[2] == "42"),
    ("a late table", fault("chaos.mysql.delay", table="prices", sqltype="select", time="1000"), late),
]
box = Box()
me = Console(box)
agent = RealAgent(box, me)
try:
    _, task = start(me, experiment([agent.cid], [flow for _, flow, _ in STEPS], duration=600))
    for what, _, hit in STEPS:
        step = me.wait_check(task)
        equal(what + ": the attack is a success", step and step["runResult"], "SUCCESS")
        answer = get("/price/1")
        check(what + ": a client sees it", hit(answer), answer)
        check(what + ": the load sees it", Load().sees(hit))
        for _ in range(5):  # a busy machine is late, but not always
            answer = get("/stock/1")
            if answer[1] < 1000:
                break
        check(what + ": one of another request does not",
              answer[0] == 200 and answer[1] < 1000 and answer[2] == "7", answer)
        me.result("UserCheckActivityTask", {"activityTaskId": step["activityTaskId"], "success": True})
    equal("the drill ends well", me.wait_state(task)["result"], "SUCCESS")
finally:
    agent.end()
    box.end()
done()
