"""Getting into real guests: one guest for all of these tests, since it takes ten seconds to boot."""

from __future__ import annotations

import os
import pty
from contextlib import suppress
from io import BytesIO
from select import select
from typing import TYPE_CHECKING, Any

import pexpect
import pytest
from pycdlib import PyCdlib

from libvirt_host.command import InsideCommand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from libvirt_host.host import LibvirtHost


@pytest.fixture(scope="module")
def dcctl(
    libvirt_host: LibvirtHost, image_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[InsideCommand]:
    """dcctl beside the guests, and the image ``tiny``; afterwards nothing is left."""
    home = tmp_path_factory.mktemp("home")
    command = InsideCommand(home, {"lab": {"uri": libvirt_host.uri}}, libvirt_host)
    command("image", "import", str(image_file), "--user", "root")
    yield command
    names = list(command.instances())
    if names:
        command("instance", "destroy", *names, "--force", "--power-off", "--yes")
    command("image", "destroy", "tiny", "--yes")
    assert libvirt_host.virsh("vol-list", "default").split() == []


USER_DATA = "#!/bin/sh\necho was here >/data/first-boot\n"


@pytest.fixture(scope="module")
def guest(dcctl: InsideCommand, ssh_key: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The instance ``web``, its first boot done, as create showed it."""
    script = tmp_path_factory.mktemp("seed") / "first-boot"
    script.write_text(USER_DATA)
    options = ["--name", "web", "--ssh-key", f"{ssh_key}.pub", "--user-data", str(script), "--console-log", "--vnc"]
    options += ["--for", "cloud-init"]
    made = dcctl("instance", "create", "--image", "tiny", "--hwp", "tiny", *options, "-o", "json").json
    assert isinstance(made, dict)
    return made


def answered(host: LibvirtHost, address: str) -> str:
    """The host key that the guest shows, asked for until its ssh answers."""
    for _ in range(60):
        done = host.run(["ssh-keyscan", "-T", "2", "-t", "ed25519", address])
        if done.stdout.strip():
            return " ".join(done.stdout.split()[1:3])
    raise AssertionError(done.stderr)


def test_a_guest_has_the_host_key_that_it_was_given(guest: dict[str, Any], libvirt_host: LibvirtHost) -> None:
    (pinned,) = guest["host_keys"]
    assert pinned.startswith("ssh-ed25519 AAAA")
    assert answered(libvirt_host, guest["private_addresses"][0]["value"]) == pinned


def test_a_host_key_is_shown_and_survives_in_the_record(guest: dict[str, Any], dcctl: InsideCommand) -> None:
    assert dcctl("instance", "show", "web", "-o", "json").json["host_keys"] == guest["host_keys"]
    (listed,) = dcctl("instance", "list", "-o", "json").json
    assert listed["host_keys"] == guest["host_keys"]
    assert f"host keys          {guest['host_keys'][0]}\n" in dcctl("instance", "show", "web").stdout


def test_the_private_half_is_on_the_seed_alone_which_nobody_else_may_read(
    guest: dict[str, Any], libvirt_host: LibvirtHost, dcctl: InsideCommand
) -> None:
    (seed,) = libvirt_host.pool_path.glob("dcctl-*-seed.iso")
    assert seed.stat().st_mode & 0o077 == 0
    assert b"BEGIN OPENSSH PRIVATE KEY" in seed.read_bytes()
    assert "PRIVATE KEY" not in libvirt_host.virsh("dumpxml", "web", "--security-info")
    assert not any(b"PRIVATE KEY" in file.read_bytes() for file in dcctl.home.rglob("*") if file.is_file())


def test_user_data_stays_byte_for_byte_what_it_was(guest: dict[str, Any], libvirt_host: LibvirtHost) -> None:
    (seed,) = libvirt_host.pool_path.glob("dcctl-*-seed.iso")
    iso, user_data = PyCdlib(), BytesIO()
    iso.open(str(seed))
    iso.get_file_from_iso_fp(user_data, joliet_path="/user-data")
    iso.close()
    assert user_data.getvalue().decode() == USER_DATA


def test_no_two_guests_share_a_host_key(dcctl: InsideCommand, guest: dict[str, Any]) -> None:
    options = ["--image", "tiny", "--hwp", "tiny", "--name", "other", "--no-wait", "-o", "json"]
    other = dcctl("instance", "create", *options).json
    dcctl("instance", "destroy", "other", "--force", "--power-off", "--yes")
    assert other["host_keys"] != guest["host_keys"]


def test_a_command_runs_in_the_guest_with_its_output_and_exit_status(
    guest: dict[str, Any], dcctl: InsideCommand, ssh_key: Path
) -> None:
    answer = dcctl.run("instance", "ssh", "web", "-i", str(ssh_key), "--", "hostname; echo there >&2; exit 7")
    assert (answer.stdout, answer.exit_status) == ("web\n", 7)
    assert answer.stderr.endswith("there\n")


def test_ssh_is_a_filter_in_a_pipe(guest: dict[str, Any], dcctl: InsideCommand, ssh_key: Path) -> None:
    answer = dcctl.run("instance", "ssh", "web", "-i", str(ssh_key), "--", "tr a-z A-Z", stdin="through the guest\n")
    assert (answer.stdout, answer.exit_status) == ("THROUGH THE GUEST\n", 0)
    # Without a command it is a shell, which reads what is piped in.
    answer = dcctl.run("instance", "ssh", "web", "-i", str(ssh_key), stdin="echo $((6 * 7))\n")
    assert answer.stdout == "42\n"


def test_on_a_terminal_the_shell_in_the_guest_has_one_too(
    guest: dict[str, Any], dcctl: InsideCommand, libvirt_host: LibvirtHost, ssh_key: Path
) -> None:
    ours, theirs = pty.openpty()
    words = dcctl.argv("instance", "ssh", "web", "-i", str(ssh_key))
    with libvirt_host.popen(words, env=dcctl.environ, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        os.write(ours, b"tty; exit 5\n")
        said = b""
        with suppress(OSError):  # how a terminal says that the other end has gone
            while more := os.read(ours, 4096):
                said += more
    os.close(ours)
    assert b"/dev/pts/" in said
    assert process.returncode == 5


OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"


def test_a_guest_that_shows_another_host_key_is_not_believed_unless_asked(
    guest: dict[str, Any], dcctl: InsideCommand, ssh_key: Path, libvirt_host: LibvirtHost
) -> None:
    """As when somebody else has taken its address; here it is the record that has another key."""
    record = libvirt_host.virsh("metadata", "web", "--uri", "urn:dcctl:instance")
    write = ["metadata", "web", "--uri", "urn:dcctl:instance", "--key", "dcctl", "--live", "--config", "--set"]
    login = ["instance", "ssh", "web", "-i", str(ssh_key), "--ssh-option", "BatchMode=yes"]
    libvirt_host.virsh(*write, record.replace(guest["host_keys"][0], OTHER_KEY))
    try:
        refused = dcctl.run(*login, "--", "echo", "inside")
        assert (refused.stdout, refused.exit_status) == ("", 255)
        assert "Host key verification failed" in refused.stderr
        # Who knows why may believe it all the same, once and for all.
        assert "Permanently added" in dcctl(*login, "--accept-new", "--", "true").stderr
        assert dcctl(*login, "--accept-new", "--", "true").stderr == ""
    finally:
        libvirt_host.virsh(*write, record)
    assert dcctl(*login, "--", "hostname").stdout == "web\n"


def test_files_are_copied_both_ways(guest: dict[str, Any], dcctl: InsideCommand, ssh_key: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "with: colon").write_bytes(bytes(range(256)))
    dcctl("instance", "cp", "-i", str(ssh_key), "-r", str(folder), "web:/tmp/copied here")
    back = tmp_path / "back"
    dcctl("instance", "cp", "-i", str(ssh_key), "lab/web:/tmp/copied here/with: colon", str(back))
    assert back.read_bytes() == bytes(range(256))
    missing = dcctl.run("instance", "cp", "-i", str(ssh_key), "web:/nowhere", str(back))
    assert missing.exit_status == 1
    assert "No such file" in missing.stderr


def test_ssh_itself_finds_the_guest_by_the_configuration_that_is_printed(
    guest: dict[str, Any], dcctl: InsideCommand, ssh_key: Path, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(dcctl("instance", "ssh-config", "-i", str(ssh_key)).stdout)
    done = libvirt_host.run(["ssh", "-F", str(config), "-o", "BatchMode=yes", "web", "hostname"])
    assert (done.stdout, done.returncode) == ("web\n", 0), done.stderr


def test_create_has_waited_until_the_first_boot_was_done(
    guest: dict[str, Any], dcctl: InsideCommand, ssh_key: Path
) -> None:
    login = ["instance", "ssh", "web", "-i", str(ssh_key), "--timeout", "1s", "--"]
    assert dcctl(*login, "cat", "/data/first-boot").stdout == "was here\n"
    for goal in ("address", "ssh", "cloud-init"):
        (there,) = dcctl("instance", "wait", "web", "--for", goal, "-i", str(ssh_key), "-o", "json").json
        assert there["private_addresses"] == guest["private_addresses"]


def test_each_stage_that_is_missing_is_named(
    dcctl: InsideCommand, libvirt_host: LibvirtHost, ssh_key: Path, tmp_path: Path
) -> None:
    """multipass#1522, multipass#3189, multipass#3536, multipass#3635, multipass#2911, multipass#4003, multipass#746,
    vagrant-libvirt#673: timed out waiting for response, while the guest runs and has an address
    """
    script = tmp_path / "broken"
    script.write_text("#!/bin/sh\nsleep 1; exit 1\n")
    options = ["--name", "slow", "--ssh-key", f"{ssh_key}.pub", "--user-data", str(script), "--console-log"]
    create = ["instance", "create", "--image", "tiny", "--hwp", "tiny", *options, "-o", "json"]
    early = dcctl.run(*create, "--for", "ssh", "--timeout", "2s")
    assert (early.exit_status, early.stdout) == (8, "")
    assert "it is running but has no address yet" in early.error["message"]
    # It goes on; what its first boot came to is no success.
    failed = dcctl.run("instance", "wait", "slow", "--for", "cloud-init", "-i", str(ssh_key), "-o", "json")
    assert failed.exit_status == 1
    assert failed.error["message"] == "cloud-init failed in slow: status: error"
    # Whom ssh does not let in the agent tells; and where there is none, the timeout says so.
    stranger = dcctl.run("instance", "wait", "slow", "--for", "cloud-init", "--timeout", "20s", "-o", "json")
    assert (stranger.exit_status, stranger.error["message"]) == (1, "cloud-init failed in slow: status: error")
    dcctl("instance", "ssh", "slow", "-i", str(ssh_key), "--", "killall qemu-ga")
    stranger = dcctl.run("instance", "wait", "slow", "--for", "cloud-init", "--timeout", "2s", "-o", "json")
    assert stranger.exit_status == 8
    assert "does not let us in, and no agent can be asked: root@" in stranger.error["message"]
    # ssh that does not answer while everything else does.
    login = ["instance", "ssh", "slow", "-i", str(ssh_key), "--"]
    dcctl(*login, "kill $(cat /var/run/dropbear.pid)")
    gone = dcctl.run("instance", "wait", "slow", "--for", "ssh", "--timeout", "1s", "-o", "json")
    assert gone.exit_status == 8
    assert gone.error["message"].endswith("port 22 there is nobody (Connection refused)")
    assert any("guest: seed done" in line for line in gone.error["console"])
    dcctl("instance", "stop", "slow", "--power-off")
    stopped = dcctl.run("instance", "ssh", "slow")
    assert stopped.exit_status == 5
    assert "dcctl instance start lab/slow" in stopped.stderr
    # What virtlogd puts aside when a log is long goes with it, though libvirt does not know of it.
    aside = libvirt_host.pool_path / f"dcctl-{id_of(dcctl, 'slow')}-console.log.0"
    aside.write_bytes(b"long ago")
    dcctl("instance", "destroy", "slow", "--yes")
    assert not aside.exists()


def id_of(dcctl: InsideCommand, name: str) -> str:
    identifier = dcctl("instance", "show", name, "-o", "json").json["id"]
    assert isinstance(identifier, str)
    return identifier


def test_what_the_console_said_is_kept_and_nobody_else_may_read_it(
    guest: dict[str, Any], dcctl: InsideCommand, libvirt_host: LibvirtHost
) -> None:
    said = dcctl("instance", "logs", "web").stdout
    assert "guest: seed done" in said
    (log,) = libvirt_host.pool_path.glob(f"dcctl-{guest['id']}-console.log")
    assert log.stat().st_mode & 0o077 == 0
    assert said.endswith(dcctl("instance", "logs", "web", "--lines", "1").stdout)
    assert len(dcctl("instance", "logs", "web", "--lines", "1").stdout.splitlines()) == 1


def test_following_a_log_shows_what_is_said_meanwhile(
    guest: dict[str, Any], dcctl: InsideCommand, ssh_key: Path
) -> None:
    with dcctl.start("instance", "logs", "web", "--follow", "--lines", "0") as following:
        try:
            assert following.stdout is not None
            for _ in range(10):  # nobody knows when the other one has begun to listen
                dcctl("instance", "ssh", "web", "-i", str(ssh_key), "--", "echo heard >/dev/console")
                if heard := select([following.stdout], [], [], 5)[0]:
                    break
            assert heard
            assert following.stdout.readline() == "heard\n"
        finally:
            following.kill()


def at_the_console(dcctl: InsideCommand, *options: str) -> pexpect.spawn[bytes]:
    program, *words = dcctl.argv("instance", "console", "web", *options)
    return pexpect.spawn(program, words, env=dcctl.environ, timeout=30, echo=False)


def test_at_the_console_one_can_log_in_and_leave(guest: dict[str, Any], dcctl: InsideCommand) -> None:
    person = at_the_console(dcctl)
    person.expect_exact("^] leaves it")
    person.send("\r")
    person.expect_exact("web login: ")
    person.send("root\r")
    person.expect_exact("/root #")
    # A running command is interrupted there, not here.
    person.send("echo $((500 + 500)); sleep 1000\r")
    person.expect_exact("\r\n1000\r\n")
    person.send("\x03echo $((6 * 7)); exit\r")
    person.expect_exact("\r\n42\r\n")
    # Somebody else is told, and may throw the first out.
    refused = dcctl.run("instance", "console", "web", "--read-only")
    assert refused.exit_status == 5
    assert "--force throws them out" in refused.stderr
    second = at_the_console(dcctl, "--force")
    second.expect_exact("^] leaves it")
    person.expect_exact("the console of web ended")
    person.expect(pexpect.EOF)
    second.send("\x1d")
    second.expect(pexpect.EOF)
    for each in (person, second):
        each.close()
        assert each.exitstatus == 0


def test_a_guest_is_reached_through_another_host(
    guest: dict[str, Any], libvirt_host: LibvirtHost, ssh_key: Path, tmp_path: Path
) -> None:
    """Here the other host is the guest itself: what comes to it comes from its own address."""
    address = guest["private_addresses"][0]["value"]
    assert guest["private_addresses"][0]["through"] is None
    config, program = tmp_path / "config", tmp_path / "ssh"
    config.write_text(
        f"Host gate\nHostName {address}\nHost *\nIdentityFile {ssh_key}\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n"
    )
    program.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {config} "$@"\n')
    program.chmod(0o755)
    realm = {"uri": libvirt_host.uri, "jump": "root@gate"}
    command = InsideCommand(tmp_path / "home", {"lab": realm}, libvirt_host)
    command.environ["PATH"] = f"{tmp_path}:{command.environ['PATH']}"
    (shown,) = command("instance", "show", "web", "-o", "json").json["private_addresses"]
    assert (shown["value"], shown["through"]) == (address, "root@gate")
    assert command("instance", "ssh", "web", "--", "echo ${SSH_CONNECTION%% *}").stdout == f"{address}\n"


def test_a_screen_is_where_a_viewer_is_sent_and_nobody_from_outside_can_see_it(
    guest: dict[str, Any], dcctl: InsideCommand, libvirt_host: LibvirtHost
) -> None:
    uri = dcctl("instance", "vnc", "web").stdout
    assert uri.startswith("vnc://127.0.0.1:59")
    port = uri.strip().rpartition(":")[2]
    greeting = libvirt_host.run(["bash", "-c", f"head -c 4 </dev/tcp/127.0.0.1/{port}"])
    assert greeting.stdout == "RFB "
    listening = libvirt_host.run(["bash", "-c", f"head -c 4 </dev/tcp/192.168.122.1/{port}"])
    assert listening.returncode != 0


def test_a_program_runs_by_the_agent_with_its_output_its_input_and_its_exit_status(
    guest: dict[str, Any], dcctl: InsideCommand
) -> None:
    run = ["instance", "exec", "web", "--"]
    assert dcctl(*run, "echo", "a  b", "$HOME").stdout == "a  b $HOME\n"
    failed = dcctl.run(*run, "sh", "-c", "echo out; echo err >&2; exit 42")
    assert (failed.stdout, failed.stderr, failed.exit_status) == ("out\n", "err\n", 42)
    killed = dcctl.run(*run, "sh", "-c", "kill -9 $$")
    assert killed.exit_status == 128 + 9
    upper = dcctl.run("instance", "exec", "web", "--stdin", "--", "tr", "a-z", "A-Z", stdin="over the agent\n")
    assert (upper.stdout, upper.exit_status) == ("OVER THE AGENT\n", 0)


def test_what_cannot_be_run_by_the_agent_is_told(guest: dict[str, Any], dcctl: InsideCommand) -> None:
    missing = dcctl.run("instance", "exec", "web", "--timeout", "5s", "--", "/no/such/program")
    assert missing.exit_status == 4
    assert "there is no program /no/such/program in web" in missing.stderr
    endless = dcctl.run("instance", "exec", "web", "--timeout", "500ms", "--", "sleep", "20")
    assert endless.exit_status == 8
    assert "it goes on there" in endless.stderr
    # libvirt cannot put it into a message; the agent gives it out once, and asking again would say that there was no such program.
    talkative = dcctl.run("instance", "exec", "web", "--", "head", "-c", "3200000", "/dev/zero")
    assert (talkative.exit_status, talkative.stdout) == (1, "")
    assert "wrote more than libvirt hands over: at most 3 MiB" in talkative.stderr
    fed = dcctl.run("instance", "exec", "web", "--stdin", "--", "wc", "-c", stdin="x" * 3_200_000)
    assert fed.exit_status == 2
    assert "the input of wc is too much" in fed.stderr


def test_a_dead_agent_is_told_and_holds_nobody_else_up(
    guest: dict[str, Any], dcctl: InsideCommand, ssh_key: Path
) -> None:
    """go-libvirt#105, cockpit-project/bots#4915: one guest with a dead agent hangs everything that looks at guests"""
    login = ["instance", "ssh", "web", "-i", str(ssh_key), "--"]
    dcctl(*login, "killall -STOP qemu-ga")
    try:
        with dcctl.start("instance", "exec", "web", "--", "true") as asking:
            # A list and a card do not even notice.
            assert [row["state"] for row in dcctl("instance", "list", "-o", "json").json] == ["running"]
            assert dcctl("instance", "show", "web", "-o", "json").json["state"] == "running"
            assert asking.poll() is None
            _, errors = asking.communicate(timeout=60)
        assert asking.returncode == 7
        assert "Is qemu-guest-agent installed and running in the guest?" in errors
    finally:
        dcctl(*login, "killall -CONT qemu-ga")
    assert dcctl("instance", "exec", "web", "--", "hostname").stdout == "web\n"
    dcctl(*login, "killall qemu-ga")
    gone = dcctl.run("instance", "exec", "web", "--", "true")
    assert gone.exit_status == 7
    assert "dcctl instance ssh" in gone.stderr


def test_a_guest_that_ignores_the_power_button_runs_until_the_plug_is_pulled(
    guest: dict[str, Any], dcctl: InsideCommand, ssh_key: Path
) -> None:
    login = ["instance", "ssh", "web", "-i", str(ssh_key), "--"]
    # The agent of a guest, where there is one, does what it is asked whatever the button is for.
    dcctl(*login, "killall qemu-ga; touch /data/ignore-acpi")
    try:
        for words in (["stop", "web"], ["destroy", "web", "--force", "--yes"]):
            refused = dcctl.run("instance", *words, "--timeout", "3s", "-o", "json")
            assert (refused.exit_status, refused.error["code"]) == (8, "timeout"), refused.stderr
            assert "dcctl instance stop lab/web --power-off" in refused.error["hint"]
            assert dcctl.instances()["web"] == "running"
        assert dcctl("instance", "logs", "web").stdout.count("guest: power button ignored") >= 2
    finally:
        dcctl(*login, "rm /data/ignore-acpi")


def test_a_console_ends_when_the_guest_goes_off_and_there_is_none_without_it(
    guest: dict[str, Any], dcctl: InsideCommand
) -> None:
    """The last of these tests: the guest does not come back."""
    with dcctl.start("instance", "console", "web", "--read-only") as reading:
        assert reading.stdout is not None
        assert reading.stderr is not None
        assert reading.stderr.readline() == "dcctl: reading the console of web\n"
        dcctl("instance", "stop", "web")
        assert "guest: stopping" in reading.stdout.read()
        assert reading.wait(30) == 0
    silent = dcctl.run("instance", "console", "web", "--read-only")
    assert silent.exit_status == 5
    assert "guest: stopping" in dcctl("instance", "logs", "web").stdout
