"""Asks mlcroissant about manifests: a path a line comes in, a line of JSON goes out.

{"path", "verdict": valid | invalid | crash, "errors": [...], "warnings": [...], "exception"}
A crash is an error that the validator raises without having put it on its list.
"""

import json
import logging
import sys

logging.disable(logging.CRITICAL)

import mlcroissant
from mlcroissant._src.core.context import Context
from mlcroissant._src.operation_graph import OperationGraph
from mlcroissant._src.structure_graph.nodes.metadata import Metadata

for line in sys.stdin:
    path = line.rstrip("\n")
    ctx = Context()
    answer = {"path": path}
    try:
        metadata = Metadata.from_file(ctx, path)
        OperationGraph.from_nodes(ctx=ctx, metadata=metadata).check_graph(ctx=ctx)
        answer["verdict"] = "invalid" if ctx.issues.errors else "valid"
    except mlcroissant.ValidationError:
        answer["verdict"] = "invalid"
    except Exception as e:
        answer["verdict"] = "crash"
        answer["exception"] = f"{type(e).__name__}: {e}"[:300]
    answer["errors"] = sorted(ctx.issues.errors)
    answer["warnings"] = sorted(ctx.issues.warnings)
    print(json.dumps(answer), flush=True)
