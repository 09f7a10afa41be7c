import socket

from embedded.ports import LOOPBACK, any_free_port, choose_port, is_free


def listener(address: str = LOOPBACK) -> socket.socket:
    taken = socket.create_server((address, 0))
    taken.listen()
    return taken


def test_a_free_port_is_kept() -> None:
    port = any_free_port()
    assert choose_port(port) == port


def test_a_taken_port_is_replaced_by_a_free_one() -> None:
    with listener() as taken:
        port: int = taken.getsockname()[1]
        replacement = choose_port(port)
        assert replacement != port
        assert is_free(replacement)


def test_a_wildcard_listener_takes_the_port() -> None:
    with listener("0.0.0.0") as taken:
        assert not is_free(taken.getsockname()[1])


def test_ports_promised_to_others_are_not_given_twice() -> None:
    port = any_free_port()
    assert choose_port(port, taken={port}) != port
