#!/usr/bin/env python3
"""shop.py ADDRESS PORT: a small web shop to try faults on. GET / answers with its price list."""
import http.server
import json
import sys


class Shop(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open: a request costs one round trip
    wbufsize = 65536  # and an answer one packet

    def do_GET(self):
        body = json.dumps({"shop": "open", "tea": 4, "cake": 6}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Shop).serve_forever()
