"""call.py ADDR [--tls CA CERT KEY] METHOD JSON [METHOD JSON ...]: calls gRPC one after the other.

METHOD is /pb.DNS/SetDNSChaos and the like; the message is given, and its answer printed, as JSON on
a line. A call that fails prints "STATUS: text" and makes the exit status 1. "-" in place of METHOD
and JSON: lines of "METHOD JSON" from stdin, each answered before the next is read.

call.py ADDR storm SECONDS CALLERS POD [POD ...]: so many callers set and cancel on the pods as fast
as they can, each under names of its own; prints the number of calls, and every failure.

call.py ADDR noise COUNT: so many calls, to each method in turn, whose bodies are any bytes (of a seed);
prints how many were refused. Exit status 1 when one is not answered at all.

The modules that protoc --python_out made of the server's .proto files are found by PYTHONPATH.
"""
import json
import random
import sys
import threading
import time

import grpc
import mesh_pb2
import sync_pb2
from google.protobuf import empty_pb2, json_format

METHODS = {
    "SetDNSChaos": (mesh_pb2.SetDNSChaosRequest, mesh_pb2.DNSChaosResponse),
    "CancelDNSChaos": (mesh_pb2.CancelDNSChaosRequest, mesh_pb2.DNSChaosResponse),
    "Sync": (sync_pb2.SyncRequest, sync_pb2.SyncResponse),
    "GetState": (sync_pb2.GetStateRequest, sync_pb2.State),
}


def call(channel, method, message, **more):
    request, reply = METHODS.get(method.rsplit("/", 1)[-1], (empty_pb2.Empty, empty_pb2.Empty))
    run = channel.unary_unary(
        method, request_serializer=lambda m: m.SerializeToString(), response_deserializer=reply.FromString
    )
    return run(json_format.Parse(message, request()), timeout=60, **more)


def call_and_tell(channel, method, message, **more):
    try:
        answer = call(channel, method, message, **more)
    except grpc.RpcError as e:
        print(f"{e.code().name}: {e.details()}", flush=True)
        return False
    text = json_format.MessageToDict(answer, preserving_proto_field_name=True)
    print(json.dumps(text), flush=True)
    return True


def storm(address, seconds, callers, pods):
    end = time.monotonic() + seconds
    counts, failures = [0] * callers, []

    def caller(n):
        with grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
            while time.monotonic() < end:
                i = counts[n]
                name = f"storm-{n}-{i % 3}"
                pod = {"namespace": "ns", "name": pods[i % len(pods)]}
                action = ["error", "random"][i % 2]
                patterns = [f"s{n}.storm.*", f"x{i % 7}.storm"]
                request = {"name": name, "action": action, "pods": [pod], "patterns": patterns}
                try:
                    call(channel, "/pb.DNS/SetDNSChaos", json.dumps(request))
                    if i % 3 == 2:
                        call(channel, "/pb.DNS/CancelDNSChaos", json.dumps({"name": name}))
                except grpc.RpcError as e:
                    failures.append(f"{e.code().name}: {e.details()}")
                counts[n] += 1
            for k in range(3):
                call(channel, "/pb.DNS/CancelDNSChaos", json.dumps({"name": f"storm-{n}-{k}"}))

    threads = [threading.Thread(target=caller, args=(n,)) for n in range(callers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    print(sum(counts), "calls,", len(failures), "failures", *failures[:3])
    return not failures


def noise(address, count):
    dice, refused = random.Random(20261122), 0
    with grpc.insecure_channel(address) as channel:
        for n in range(count):
            method = ("/pb.DNS/SetDNSChaos", "/pb.DNS/CancelDNSChaos", "/chaos_dns.DNS/SetDNSChaos")[n % 3]
            try:
                channel.unary_unary(method)(dice.randbytes(dice.randrange(1, 300)), timeout=60)
            except grpc.RpcError as e:
                refused += 1
                if e.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                    raise
    print(f"{count} calls, {refused} refused")
    return True


def read(path):
    with open(path, "rb") as f:
        return f.read()


def main():
    address, *words = sys.argv[1:]
    if words[0] == "storm":
        return storm(address, float(words[1]), int(words[2]), words[3:])
    if words[0] == "noise":
        return noise(address, int(words[1]))
    if words[0] == "--tls":
        ca, cert, key = map(read, words[1:4])
        words = words[4:]
        channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(ca, key, cert))
    else:
        channel = grpc.insecure_channel(address)
    good = True
    with channel:
        if words == ["-"]:
            for line in sys.stdin:
                good &= call_and_tell(channel, *line.split(None, 1), wait_for_ready=True)
        for i in range(0, len(words) - 1, 2):
            good &= call_and_tell(channel, words[i], words[i + 1])
    return good


sys.exit(not main())
