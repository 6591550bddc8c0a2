# An HTTP server that is told what came of things. Sourced after lib.sh.
# shellcheck shell=bash disable=SC2034

endpoint_start() { # sets $endpoint, its address; at /busy it refuses twice
	local port
	port=$(free_port)
	endpoint=http://127.0.0.1:$port
	cat >"$TMP/endpoint.py" <<'PY'
import http.server
import sys

class Endpoint(http.server.BaseHTTPRequestHandler):
    refused = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/busy" and Endpoint.refused < 2:
            Endpoint.refused += 1
            self.send_response(503)
        else:
            print(f"{self.path} {self.headers['Content-Type']} {body} .")
            self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Endpoint).serve_forever()
PY
	start endpoint python3 -u "$TMP/endpoint.py" "$port"
	wait_until 30 listening "$port" || die "no endpoint"
}

told() { # told PATH: the body of the post to it; its line is written to the end
	wait_until 30 grep -q "^$1 .* \.$" "$TMP/endpoint.log" || return 1
	sed -n "s|^$1 application/json \(.*\) \.$|\1|p" "$TMP/endpoint.log"
}
