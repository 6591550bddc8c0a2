"""member.py KEY... <TEXT: prints the member of a JSON text found along the keys."""
import json
import sys

value = json.load(sys.stdin)
for key in sys.argv[1:]:
    if isinstance(value, list) and key.lstrip("-").isdigit():
        value = value[int(key)] if int(key) < len(value) else None
    else:
        value = value.get(key) if isinstance(value, dict) else None
if isinstance(value, str):
    print(value)
elif value is not None:
    print(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
