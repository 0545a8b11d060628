"""Tests the fixtures; packaging/test runs it, and it is not part of what is copied."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest
import redis

from tattle_fixtures import Server, redis_client, redis_server  # noqa: F401


def test_writes(redis_client):
    assert redis_client.set("k", "v")
    assert redis_client.get("k") == "v"


def test_is_empty(redis_client):
    assert redis_client.keys() == []


def test_arguments():
    server = Server("--requirepass", "x")
    try:
        with pytest.raises(redis.AuthenticationError):
            server.client().ping()
        assert server.client(password="x").ping()
        assert server.pid == server.process.pid
    finally:
        server.stop()


def test_does_not_start():
    with pytest.raises(RuntimeError, match="(?s)code 1.*nope 1"):
        Server("--nope", "1")


def test_ends_with_the_run():
    script = "import tattle_fixtures as t; print(t.Server().port, flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                             cwd=os.path.dirname(__file__))
    port = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    child.wait()
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.02)


def test_invalidation_by_redirection(redis_server, redis_client):
    """Caching by hand, as RESP2 clients do it; every redis-py can."""
    listener = redis_server.client(decode_responses=True).pubsub()
    listener.subscribe("__redis__:invalidate")
    assert listener.get_message(timeout=10)["type"] == "subscribe"
    ids = [c["id"] for c in redis_client.client_list() if c["cmd"] == "subscribe"]
    assert len(ids) == 1
    reader = redis_server.client(single_connection_client=True, decode_responses=True)
    reader.execute_command("CLIENT", "TRACKING", "ON", "REDIRECT", ids[0])
    reader.get("k")
    redis_client.set("k", "2")
    message = listener.get_message(timeout=10)
    assert (message["channel"], message["data"]) == ("__redis__:invalidate", ["k"])
    listener.close()
    reader.close()


@pytest.mark.skipif(not hasattr(redis, "cache"), reason=f"redis-py {redis.__version__} has no client-side cache; 5.1 and later have")
def test_client_side_cache(redis_server, redis_client):
    from redis.cache import CacheConfig

    cached = redis_server.client(protocol=3, cache_config=CacheConfig(), decode_responses=True)
    redis_client.set("k", "1")
    assert cached.get("k") == "1"
    before = redis_client.info("commandstats")["cmdstat_get"]["calls"]
    assert cached.get("k") == "1"
    assert redis_client.info("commandstats")["cmdstat_get"]["calls"] == before
    redis_client.set("k", "2")
    assert cached.get("k") == "2"
    cached.close()
