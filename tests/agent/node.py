"""The operator's side of gale.node.v1: does what each line of stdin says, its words with U+001F between
them, and answers with a line: 0 or 1 (it failed), a blank, the answer.

make FILE KEY JSON             writes a SignedOrder: JSON is the Order, on top of node "here", issued now
                               and good for a minute; KEY: PEM file of a private key, "" for no signature
ADDR WHO CALL ...              calls with the certificate $TMP/WHO.pem: the answer as JSON, or "STATUS: text"
    create FILE, destroy FILE      what make wrote
    query [UID ...]
    noise COUNT                    so many orders of any bytes; how many were refused
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import time

import grpc
import node_pb2
from google.protobuf import json_format

TMP = os.environ["TMP"]
SERVICE = "/gale.node.v1.Node/"


def sign(key, order):
    if not key:
        return b""
    with tempfile.NamedTemporaryFile(dir=TMP) as f:
        f.write(b"gale.node.v1.Order\0" + order)
        f.flush()
        command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", f.name]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def make(path, key, text):
    now = time.time_ns() // 1000000
    fields = {"node": "here", "issued_ms": now, "expires_ms": now + 60000} | json.loads(text)
    order = json_format.ParseDict(fields, node_pb2.Order()).SerializeToString()
    with open(path, "wb") as f:
        f.write(node_pb2.SignedOrder(order=order, signature=sign(key, order)).SerializeToString())


def read(path):
    with open(path, "rb") as f:
        return f.read()


def call(channel, method, request, answer):
    run = channel.unary_unary(
        SERVICE + method, request_serializer=bytes, response_deserializer=answer.FromString
    )
    return run(request, timeout=60)


def noise(channel, count):
    dice, refused = random.Random(20261122), 0
    for _ in range(count):
        size = dice.choice((0, 64)), dice.randrange(200)
        order = node_pb2.SignedOrder(signature=dice.randbytes(size[0]), order=dice.randbytes(size[1]))
        try:
            call(channel, "Create", order.SerializeToString(), node_pb2.Experiment)
        except grpc.RpcError as e:
            refused += e.code() in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.INVALID_ARGUMENT)
    return refused


def answer(address, who, what, *words):
    files = (f"{TMP}/ca.pem", f"{TMP}/{who}.key", f"{TMP}/{who}.pem")
    own = [("grpc.use_local_subchannel_pool", 1)]
    credentials = grpc.ssl_channel_credentials(*map(read, files))
    with grpc.secure_channel(address, credentials, own) as channel:
        if what == "noise":
            return noise(channel, int(words[0]))
        if what == "query":
            packed = node_pb2.QueryRequest(uids=words).SerializeToString()
            message = call(channel, "Query", packed, node_pb2.QueryResponse)
        else:
            message = call(channel, what.capitalize(), read(words[0]), node_pb2.Experiment)
    return json.dumps(json_format.MessageToDict(message, preserving_proto_field_name=True))


for line in sys.stdin:
    words = line.rstrip("\n").split("\x1f")
    try:
        print(0, make(*words[1:]) if words[0] == "make" else answer(*words), flush=True)
    except grpc.RpcError as e:
        print(1, f"{e.code().name}: {e.details()}".replace("\n", " "), flush=True)
