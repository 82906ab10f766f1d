"""N reports out of a few: python3 many.py N FOLDER REPORT…; same bytes each time."""
import json, pathlib, sys

n, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
some = [r for r in (json.loads(pathlib.Path(p).read_text()) for p in sorted(sys.argv[3:])) if r["scores"]]
for i in range(n):
    r = json.loads(json.dumps(some[i % len(some)]))
    r["subject"] |= {"name": f"applicant-{i * 7919 % n:03d}/{r['subject']['name']}", "digest": f"sha256:{i:064x}", "source": f"applications/{i:03d}"}
    for j, s in enumerate(r["scores"]):
        if s["framework"] == "glassbox" and "floor" in s:
            s["floor"] = max(0, min(100, s["floor"] + i * (j + 3) % 23 - 11))
            s["ceiling"] = max(s["floor"], min(100, s["ceiling"] + i * 5 % 17))
    (folder / f"{i:03d}.json").write_text(json.dumps(r))
