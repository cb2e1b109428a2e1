"""What keeps dcctl from a libvirt, each in one sentence with what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from libvirt_host.command import Command


def test_a_missing_library_is_named_with_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "libvirt.py").write_text("raise ModuleNotFoundError(\"No module named 'libvirt'\", name='libvirt')\n")
    command = Command(tmp_path / "home", {"lab": {"uri": "test:///default"}})
    command.environ["PYTHONPATH"] = f"{tmp_path}:{command.environ.get('PYTHONPATH', '')}"
    answer = command.run("instance", "list", "-o", "json")
    assert (answer.exit_status, answer.error["code"]) == (3, "driver")
    assert "apt install python3-libvirt" in answer.error["hint"]
    # What the driver declares can be asked all the same.
    command("state", "list")
    command("driver", "show", "libvirt")


@pytest.mark.parametrize(
    ("uri", "code", "hint"),
    [
        ("qemu+unix:///system?socket=/nonexistent/libvirt-sock", "unreachable", "is the daemon running?"),
        ("nosuch:///system", "unreachable", "libvirt knows no hypervisor nosuch: check the uri of the realm"),
        (
            "qemu+ext://127.0.0.1/system?command=/bin/false",
            "unreachable",
            "hung up at once, or what should connect ended",
        ),
        ("foo://127.0.0.1/system", "unreachable", "libvirt knows no hypervisor foo"),
        ("foo+ssh://127.0.0.1:1/system", "unreachable", "libvirt knows no hypervisor foo"),
        ("no uri at all", "unreachable", "the uri of the realm"),
        ("qemu://host.invalid/system?pkipath=/nonexistent", "auth", "without certificates: qemu+ssh://"),
    ],
)
def test_a_libvirt_that_cannot_be_reached_is_told_with_what_to_do(
    tmp_path: Path, uri: str, code: str, hint: str
) -> None:
    """kcli#523, virt-lightning#216: Is libvirt running? or a traceback, whatever the reason is
    one#6509: a host that is not reached gives no output and status 0 to whoever asks for JSON
    """
    command = Command(tmp_path / "home", {"lab": {"uri": uri}})
    answer = command.run("instance", "list", "-o", "json")
    assert (answer.exit_status, answer.error["code"], answer.error["realm"]) == (7, code, "lab")
    assert hint in answer.error["hint"].lower()


@pytest.mark.parametrize(
    ("code", "said", "expected", "status"),
    [
        (
            "VIR_ERR_SYSTEM_ERROR",
            "Failed to connect socket to '/run/libvirt/libvirt-sock': Permission denied",
            "auth",
            7,
        ),
        ("VIR_ERR_AUTH_FAILED", "authentication failed: access denied by policy", "auth", 7),
        ("VIR_ERR_SYSTEM_ERROR", "cannot write data: No space left on device", "capacity", 10),
        ("VIR_ERR_NO_STORAGE_POOL", "Storage pool not found: no storage pool with matching name 'x'", "not-found", 4),
        ("VIR_ERR_OPERATION_INVALID", "Requested operation is not valid: domain is already running", "not-allowed", 5),
        (
            "VIR_ERR_ARGUMENT_UNSUPPORTED",
            "argument unsupported: QEMU guest agent is not configured",
            "not-supported",
            6,
        ),
        (
            "VIR_ERR_SYSTEM_ERROR",
            "Cannot recv data: Host key verification failed.: Connection reset by peer",
            "auth",
            7,
        ),
        (
            "VIR_ERR_SYSTEM_ERROR",
            "Cannot recv data: a@b: Permission denied (publickey).: Input/output error",
            "auth",
            7,
        ),
        ("VIR_ERR_SYSTEM_ERROR", "Cannot recv data: ssh: connect to host b: Connection refused", "unreachable", 7),
        ("VIR_ERR_LIBSSH", "libssh transport error: failed to authenticate: Access denied for 'publickey'", "auth", 7),
        ("VIR_ERR_LIBSSH", "libssh transport error: Can't verify the session host key", "auth", 7),
        (
            "VIR_ERR_INTERNAL_ERROR",
            "internal error: unexpected qemu URI path '/', try qemu:///system",
            "unreachable",
            7,
        ),
        ("VIR_ERR_INTERNAL_ERROR", "'device_del': Bus 'pci.0' does not support hotplugging", "not-supported", 6),
        ("VIR_ERR_INVALID_ARG", "invalid argument: remote_open: transport in URL not recognised", "unreachable", 7),
        ("VIR_ERR_INTERNAL_ERROR", "internal error: Unable to parse URI no uri at all", "unreachable", 7),
        ("VIR_ERR_SYSTEM_ERROR", "Cannot access storage file '/root/x' (as uid:1): Permission denied", "failed", 1),
    ],
)
def test_errors_of_libvirt_become_ours(code: str, said: str, expected: str, status: int) -> None:
    import libvirt

    from dcctl_drivers.libvirt.errors import translate

    error = libvirt.libvirtError(said)
    error.err = (getattr(libvirt, code), 0, said, 2, said, None, None, -1, -1)
    translated = translate(error)
    assert (translated.code, translated.exit_status) == (expected, status)
    assert said in translated.message


def hint_of(said: str, code: str, **realms: dict[str, str]) -> tuple[str, str | None]:
    """What is to be done, and where, when a host of several realms says so."""
    import libvirt

    from dcctl.model import Realm
    from dcctl.settings import Values
    from dcctl_drivers.libvirt.advice import advise
    from dcctl_drivers.libvirt.errors import translate

    error = libvirt.libvirtError(said)
    error.err = (getattr(libvirt, code), 0, said, 2, said, None, None, -1, -1)
    told = advise(
        translate(error), "qemu:///system", [Realm(name, name, Values(options)) for name, options in realms.items()]
    )
    return told.hint or "", told.realm


OFF, NO_POOL, NO_NETWORK = "VIR_ERR_OPERATION_INVALID", "VIR_ERR_NO_STORAGE_POOL", "VIR_ERR_NO_NETWORK"


@pytest.mark.parametrize(
    ("said", "code", "hint", "realm"),
    [
        ("storage pool 'ssd' is not active", OFF, "start it: dcctl realm init fast", "fast"),
        (
            "Storage pool not found: no storage pool with matching name 'default'",
            NO_POOL,
            "dcctl realm init slow;",
            "slow",
        ),
        ("network 'lab' is not active", OFF, "make or start it: dcctl realm init slow;", "slow"),
        ("Network not found: no network with matching name 'lab'", NO_NETWORK, "dcctl realm init slow;", "slow"),
        ("network 'other' is not active", OFF, "virsh net-start other", None),
        ("storage pool 'it's' is not active", OFF, r"virsh pool-start 'it'\''s'", None),
        (
            "cannot open directory '/mnt/x': No such file",
            "VIR_ERR_SYSTEM_ERROR",
            "dcctl realm init for one of fast, slow",
            None,
        ),
    ],
)
def test_what_is_off_or_missing_is_made_ready_by_the_realm_that_uses_it(
    said: str, code: str, hint: str, realm: str | None
) -> None:
    """libvirt has the code of a wrong state for what is off, which leads to the instance."""
    said = f"Requested operation is not valid: {said}" if code == OFF else said
    found = hint_of(said, code, fast={"pool": "ssd", "network": "default"}, slow={"pool": "default", "network": "lab"})
    assert hint in found[0]
    assert found[1] == realm


def test_where_there_is_one_realm_it_is_named() -> None:
    said = "Requested operation is not valid: network 'default' is not active"
    assert "dcctl realm init lab;" in hint_of(said, OFF, lab={})[0]
    assert hint_of("cannot open directory '/mnt/x': Permission", "VIR_ERR_SYSTEM_ERROR", lab={})[0].endswith(
        "dcctl realm init lab"
    )


def test_who_was_slower_is_told_what_the_planner_says_of_a_name_that_is_taken() -> None:
    import libvirt

    from dcctl_drivers.libvirt.errors import translate

    said = "operation failed: domain 'it's' already exists with uuid 8a1a3bc0-4b4d-4b0e-8a55-6d7a2d1ab8b4"
    error = libvirt.libvirtError(said)
    error.err = (libvirt.VIR_ERR_OPERATION_FAILED, 0, said, 2, said, None, None, -1, -1)
    conflict = translate(error)
    assert (conflict.code, conflict.message, conflict.resource) == (
        "conflict",
        "an instance called it's exists already",
        "it's",
    )


def test_an_instance_that_went_away_meanwhile_is_said_to_be_gone() -> None:
    import libvirt

    from dcctl_drivers.libvirt.errors import translate

    host = libvirt.open("test:///default")
    domain = host.defineXML(
        "<domain type='test'><name>web 1</name><memory>1024</memory><os><type>hvm</type></os></domain>"
    )
    uuid = domain.UUIDString()
    domain.undefine()
    for ask, name in ((domain.XMLDesc, "web 1"), (lambda: host.lookupByUUIDString(uuid), "the instance")):
        with pytest.raises(libvirt.libvirtError) as refused:
            ask()
        error = translate(refused.value)
        assert (error.code, error.message) == ("not-found", f"{name} is gone"), refused.value


def test_several_realms_of_which_one_is_silent(tmp_path: Path) -> None:
    silent = {"uri": "qemu+unix:///system?socket=/nonexistent/libvirt-sock"}
    command = Command(tmp_path / "home", {"far": silent, "near": {"uri": "test:///default", "pool": "default-pool"}})
    answer = command.run("instance", "list", "-o", "json")
    assert answer.exit_status == 9
    assert [row["name"] for row in answer.json] == ["test"]
    assert '"realm": "far"' in answer.stderr


def test_a_failure_whose_reason_was_lost_is_asked_for_once_more() -> None:
    import libvirt

    from dcctl_drivers.libvirt.connection import answer

    asked = []

    def look_up(name: str) -> str:
        asked.append(name)
        error = libvirt.libvirtError("virDomainLookupByName() failed")
        if len(asked) > 1:
            error.err = (libvirt.VIR_ERR_NO_DOMAIN, 10, "Domain not found", 2, name, None, None, -1, -1)
        else:
            error.err = None
        raise error

    with pytest.raises(libvirt.libvirtError) as caught:
        answer(look_up, "web")
    assert caught.value.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN
    with pytest.raises(libvirt.libvirtError):
        answer(look_up, "web")
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("options", "uri", "jump"),
    [
        ({}, "qemu+ssh://root@lab.example/system?no_tty=1", "root@lab.example"),
        ({}, "qemu+ssh://lab/system", "lab"),
        ({}, "qemu+ssh://root@lab.example:2222/system", "ssh://root@lab.example:2222"),
        ({}, "qemu+tls://lab.example/system", None),
        ({}, "qemu:///system", None),
        ({}, "qemu+unix:///system?socket=/run/x", None),
        ({"jump": "none"}, "qemu+ssh://root@lab.example/system", None),
        ({"jump": "gate.example"}, "qemu+tls://lab.example/system", "gate.example"),
    ],
)
def test_guests_of_another_host_are_reached_through_it(options: dict[str, str], uri: str, jump: str | None) -> None:
    from dcctl.model import Realm
    from dcctl.settings import Values
    from dcctl_drivers.libvirt.options import jump_of

    assert jump_of(Realm("lab", "Lab", Values(options)), uri) == jump
