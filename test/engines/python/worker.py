"""Serves one engine: a request per line on stdin, a response per line on stdout, both JSON.

    python worker.py ENGINE

ENGINE is a module with a function `serve`. The first response holds its version. A request is {"method", "params"}; the response
is {"result"} or {"error"}. Tracebacks and whatever a library prints go to stderr.
"""

import importlib
import json
import os
import sys
import traceback


def main() -> None:
    responses = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        serving = importlib.import_module(sys.argv[1]).serve()
        answer(responses, {"result": {"version": serving.version}})
    except Exception as error:
        return answer(responses, failure(error))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer(responses, {"result": getattr(serving, request["method"])(**request["params"])})
        except Exception as error:
            answer(responses, failure(error))


def failure(error: Exception) -> dict:
    traceback.print_exc()
    return {"error": f"{type(error).__name__}: {error}"[:4000]}


def answer(responses, response: dict) -> None:
    responses.write(json.dumps(response) + "\n")
    responses.flush()


main()
