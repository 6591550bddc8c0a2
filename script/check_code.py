"""check_code.py layers|sizes|banned FILE...: the rules of the house that a compiler does not know.

Prints "file:line: what is wrong" for each breach; exit 1 when there was one. There is no list of
exceptions: code that breaks a rule is changed.
"""
import os
import re
import sys

# What a folder below src/ may include, beside itself.
ENGINE = ["base", "sys", "target", "fault", "net", "faults"]
LAYERS = {layer: ENGINE[:i] for i, layer in enumerate(ENGINE)}
LAYERS["target"] += ["grpc"]
LAYERS["net"] += ["dns"]
LAYERS["faults"] += ["dns", "jvm"]
LAYERS |= {"cli": ENGINE + ["jvm", "kube"], "agent": ENGINE + ["jvm", "grpc", "node", "kube"]}
LAYERS |= {"catalogue": ["base"], "box": ["base", "catalogue"]}
LAYERS |= {"grpc": ["base"], "kube": ["base", "grpc"], "node": ["base", "grpc"]}
LAYERS |= {"dns": ["base", "kube", "grpc"], "operator": ["base", "kube", "grpc", "node", "dns", "catalogue"]}
LAYERS |= {"jvm": ["base", "sys", "target"]}
LAYERS["listen"] = ["base"]
for serving in ["agent", "box", "dns", "operator"]:
    LAYERS[serving] += ["listen"]
UNPRIVILEGED = ["grpc", "listen", "catalogue", "box", "kube", "dns", "node", "operator"]
# Inside the box, from the bottom; src/box/*.c itself stands on top.
BOX = ["net", "store", "account", "catalogue", "fleet", "drill", "api", "http"]

MAX_FUNCTION_LINES = 100
MAX_COMPLEXITY = 15
MAX_NESTING = 5
MAX_FILE_LINES = 1000

BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atoll|strtok|system|popen)\s*\(")
BRANCH = re.compile(r"\b(if|for|while|case)\b|&&|\|\||\?")
NESTED = re.compile(r"(\t+)(?:\} )?(?:if|for|while|do|switch|else)\b")
SQL = re.compile(r"\b(SELECT\b.*\bFROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE|WHERE \w+)\b")
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

breaches = []


def breach(path, line, text):
    breaches.append(f"{path}:{line}: {text}")


def blank(match):
    """Comments and literals become blanks, lines stay where they are."""
    return re.sub(r"[^\n]", " ", match.group())


def check_layers(path, text):
    parts = path.split("/")
    layer = parts[1]
    if path.endswith("CMakeLists.txt"):
        if layer in UNPRIVILEGED:
            for n, line in enumerate(text.split("\n"), 1):
                for used in re.findall(r"\bgale_(sys|target|fault|faults)\b", line):
                    breach(path, n, f"{layer} must not link gale_{used}: it is privileged code")
        return
    if layer not in LAYERS:
        breach(path, 1, f"src/{layer} is no layer that script/check_code.py knows")
        return
    allowed = [layer] + LAYERS[layer]
    floor = parts[2] if layer == "box" and len(parts) > 3 else None
    for n, line in enumerate(text.split("\n"), 1):
        found = re.match(r'\s*#\s*include\s+"(\w+)/(?:(\w+)/)?', line)
        if not found:
            continue
        other, inner = found.groups()
        if other not in allowed:
            breach(path, n, f"{layer} must not include {other}/: includes go down only")
        elif layer == "box" and other == "box" and floor in BOX:
            if inner not in BOX[: BOX.index(floor) + 1]:
                breach(path, n, f"box/{floor} must not include box/{inner or '*.h'}: includes go down only")


def functions(code):
    """(name, first line, last line, body) of each function: K&R, as the formatter leaves them."""
    lines = code.split("\n")
    start = None
    for n, line in enumerate(lines, 1):
        if line == "{" and start is None:
            start = n
        elif line.startswith("}") and start is not None:
            head = " ".join(lines[max(0, start - 6) : start - 1])
            names = re.findall(r"(\w+)\s*\(", head.rsplit(";", 1)[-1].rsplit("}", 1)[-1])
            yield (names[0] if names else "?", start, n, lines[start - 1 : n])
            start = None


def check_sizes(path, text):
    if text.count("\n") > MAX_FILE_LINES:
        breach(path, 1, f"{text.count(chr(10))} lines (at most {MAX_FILE_LINES})")
    if not path.endswith(".c"):
        return
    for name, first, last, body in functions(TOKEN.sub(blank, text)):
        length = last - first + 1
        complexity = 1 + len(BRANCH.findall("\n".join(body)))
        nesting = max((len(m.group(1)) for m in map(NESTED.match, body) if m), default=0)
        if length > MAX_FUNCTION_LINES:
            breach(path, first, f"{name}: {length} lines (at most {MAX_FUNCTION_LINES})")
        if complexity > MAX_COMPLEXITY:
            breach(path, first, f"{name}: complexity {complexity} (at most {MAX_COMPLEXITY})")
        if nesting > MAX_NESTING:
            breach(path, first, f"{name}: {nesting} levels of nesting (at most {MAX_NESTING})")


def check_banned(path, text):
    code = TOKEN.sub(blank, text)
    for found in BANNED.finditer(code):
        line = code.count("\n", 0, found.start()) + 1
        breach(path, line, f"{found.group(1)} is banned")
    for line, literal in literals(text):
        check_sql(path, line, literal)


def literals(text):
    """(line, text) of each string; those that stand side by side are one."""
    start, joined, end = 0, "", 0
    for found in TOKEN.finditer(text):
        if found.group()[0] != '"':
            continue
        if joined and not text[end : found.start()].strip():
            joined += found.group()[1:-1]
        else:
            if joined:
                yield text.count("\n", 0, start) + 1, joined
            start, joined = found.start(), found.group()[1:-1]
        end = found.end()
    if joined:
        yield text.count("\n", 0, start) + 1, joined


def check_sql(path, line, literal):
    if not SQL.search(literal):
        return
    if re.search(r"%[-0-9.]*[a-z]", literal):
        breach(path, line, "a value is formatted into SQL: bind it")
    if path.startswith("src/box/") and not path.startswith("src/box/store/") and not path.endswith("_test.c"):
        breach(path, line, "SQL outside src/box/store/")


def main():
    check = {"layers": check_layers, "sizes": check_sizes, "banned": check_banned}[sys.argv[1]]
    for path in sys.argv[2:]:
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                check(path, file.read())
    print("\n".join(breaches), end="\n" if breaches else "")
    return 1 if breaches else 0


sys.exit(main())
