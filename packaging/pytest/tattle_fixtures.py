"""Fixtures that start tattle, an in-memory Redis, for tests. Copy this file beside your tests,
and put into conftest.py:

    from tattle_fixtures import redis_client, redis_server

It needs pytest and redis-py, and the program: on the PATH, or named by the environment
variable TATTLE_BINARY.
"""

import collections
import json
import os
import subprocess
import threading

import pytest
import redis

READY = "tattle-ready "


class Server:
    """A running server: pid, host, port, tls_port, unixsocket, version."""

    def __init__(self, *args):
        """Starts a server on a free port. args are redis-server's.

        It raises RuntimeError with the end of the log if the server does not start.
        """
        program = os.environ.get("TATTLE_BINARY", "tattle")
        command = [program, "--bind", "127.0.0.1", "--port", "auto", "--save", "", "--exit-with-parent", "yes", *args]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        log = collections.deque(maxlen=20)
        for line in self.process.stdout:
            if line.startswith(READY):
                self.__dict__.update(json.loads(line[len(READY):]))
                break
            log.append(line)
        else:
            raise RuntimeError(f"{program} ended with code {self.process.wait()}:\n{''.join(log)}")
        self._drain = threading.Thread(target=self.process.stdout.read, daemon=True)
        self._drain.start()

    def client(self, **options):
        """Returns a new client. options are those of redis.Redis."""
        return redis.Redis(host=self.host, port=self.port, **options)

    def stop(self):
        """Ends the server and waits for its end."""
        self.process.terminate()
        self.process.wait()
        self._drain.join()
        self.process.stdout.close()


@pytest.fixture(scope="session")
def redis_server():
    """A server for the whole run."""
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def redis_client(redis_server):
    """A client of an empty server."""
    client = redis_server.client(decode_responses=True)
    client.flushall()
    yield client
    client.close()
