"""Images as they are published: every format, each compressed in every way, ends as the same disk; what could do harm never gets that far."""

from __future__ import annotations

import gzip
import os
import shutil
import struct
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dcctl.disk_format import HEAD_BYTES, examine, examine_head
from dcctl.errors import Cancelled, Failed, Usage
from dcctl.hardware import Choices, Fixed, HardwareProfile, Property, Range
from dcctl.job import Job
from dcctl.sources.preparing import largest_storage, prepared
from dcctl.sources.unpacking import compression, unpacked
from requirement import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE = 4 << 20
FORMATS = {
    "qcow2": ["-O", "qcow2"],
    "raw": ["-O", "raw"],
    "vmdk": ["-O", "vmdk"],
    "vmdk-stream": ["-O", "vmdk", "-o", "subformat=streamOptimized"],
    "vdi": ["-O", "vdi"],
    "vdi-static": ["-O", "vdi", "-o", "static=on"],
    "vhd": ["-O", "vpc", "-o", "force_size=on"],
    "vhd-fixed": ["-O", "vpc", "-o", "subformat=fixed,force_size=on"],
    "vhdx": ["-O", "vhdx"],
}
PACKERS = {"gz": ["gzip", "-c"], "xz": ["xz", "-c"], "zst": ["zstd", "-qc"], "bz2": ["bzip2", "-c"]}
PACKAGES = {"qemu-img": "qemu-utils", "xz": "xz-utils"}
"""Programs whose Debian package is called otherwise than they are."""
VERBATIM = ("qcow2", "raw")


def tool(name: str) -> str:
    return program(name, f"apt install {PACKAGES.get(name, name)}")


def packing(kind: str) -> list[str]:
    """The command that compresses a file to its output."""
    name, *options = PACKERS[kind]
    return [tool(name), *options]


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raw disk with a partition table, data and holes."""
    path = tmp_path_factory.mktemp("disk") / "disk.raw"
    content = bytearray(SIZE)
    content[:440] = os.urandom(440)
    content[510:512] = b"\x55\xaa"
    content[1 << 20 : (1 << 20) + 300_000] = os.urandom(300_000)
    path.write_bytes(content)
    return path


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where temporary files go; empty again after each test."""
    path = tmp_path / "cache" / "dcctl" / "downloads"
    path.mkdir(parents=True)
    return path


def made(disk: Path, target: Path, options: list[str]) -> Path:
    subprocess.run([tool("qemu-img"), "convert", "-f", "raw", *options, disk, target], check=True)
    return target


@contextmanager
def ready(
    path: Path, directory: Path, *, most_gib: int | None = None, job: Job | None = None, search: str | None = None
) -> Iterator[str]:
    verified: list[None] = []
    with prepared(
        str(path),
        path.name,
        formats=VERBATIM,
        most_gib=most_gib,
        verify=lambda: verified.append(None),
        environ={
            "PATH": os.environ["PATH"] if search is None else search,
            "XDG_CACHE_HOME": str(directory.parent.parent),
        },
        job=job or Job(),
    ) as prepared_path:
        assert bool(verified) == (prepared_path != str(path)), "the digest is checked before the content is believed"
        yield prepared_path
    assert list(directory.iterdir()) == []


def content(path: str, tmp_path: Path) -> bytes:
    """The disk in an image."""
    with open(path, "rb") as file:
        found = examine(path, file, VERBATIM).format
    raw = tmp_path / "compared.raw"
    subprocess.run([tool("qemu-img"), "convert", "-f", found, "-O", "raw", path, raw], check=True)
    return raw.read_bytes()


@pytest.mark.parametrize("packer", [None, *PACKERS])
@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_packed_in_every_way_becomes_the_same_disk(
    disk: Path, directory: Path, tmp_path: Path, kind: str, packer: str | None
) -> None:
    image = made(disk, tmp_path / f"image.{kind}", FORMATS[kind])
    if packer is not None:
        packed = tmp_path / f"{image.name}.{packer}"
        with packed.open("wb") as file:
            subprocess.run([*packing(packer), image], stdout=file, check=True)
        image = packed
    with ready(image, directory) as path:
        assert (path == str(image)) == (kind in VERBATIM and packer is None)
        assert content(path, tmp_path) == disk.read_bytes()


def test_holes_stay_holes(directory: Path, tmp_path: Path) -> None:
    packed = tmp_path / "holes.raw.gz"
    packed.write_bytes(gzip.compress(bytes(510) + b"\x55\xaa" + bytes((64 << 20) - 512)))
    with ready(packed, directory) as path:
        found = os.stat(path)
        assert (found.st_size, found.st_blocks * 512 < 1 << 20) == (64 << 20, True)


@pytest.mark.parametrize("packer", ["gzip", "xz", "bzip2"])
def test_two_packed_files_one_after_the_other_are_one(disk: Path, directory: Path, tmp_path: Path, packer: str) -> None:
    whole, packed = disk.read_bytes(), tmp_path / "two.raw.packed"
    packed.write_bytes(
        b"".join(
            subprocess.run([tool(packer), "-c"], input=half, capture_output=True, check=True).stdout
            for half in (whole[:1_000_000], whole[1_000_000:])
        )
    )
    with ready(packed, directory) as path:
        assert content(path, tmp_path) == whole


# Bombs and damage


@pytest.mark.parametrize("packer", PACKERS)
def test_what_unpacks_to_more_than_is_of_use_is_refused_on_the_way(
    directory: Path, tmp_path: Path, packer: str
) -> None:
    bomb = tmp_path / f"bomb.{packer}"
    bomb.write_bytes(subprocess.run(PACKERS[packer], input=bytes(20 << 20), capture_output=True, check=True).stdout)
    assert bomb.stat().st_size < 1 << 20
    environ = {"PATH": os.environ["PATH"]}
    too_much = unpacked(str(bomb), packer, bomb.name, 19 << 20, str(directory), environ, Job())
    with pytest.raises(Usage, match="unpacks to more than"), too_much:
        pytest.fail("all of it came out")
    assert list(directory.iterdir()) == []
    with unpacked(str(bomb), packer, bomb.name, 20 << 20, str(directory), environ, Job()) as path:
        assert os.stat(path).st_size == 20 << 20


def test_what_no_profile_could_hold_is_not_unpacked_to_its_end(directory: Path, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zst"
    with (
        bomb.open("wb") as file,
        subprocess.Popen(["head", "-c", "1025M", "/dev/zero"], stdout=subprocess.PIPE) as zeros,
    ):
        subprocess.run(PACKERS["zst"], stdin=zeros.stdout, stdout=file, check=True)
    with pytest.raises(Usage, match="unpacks to more than 1 GiB"), ready(bomb, directory, most_gib=1):
        pass
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize("packer", PACKERS)
def test_a_damaged_packed_file_is_refused(disk: Path, directory: Path, tmp_path: Path, packer: str) -> None:
    packed = subprocess.run([*packing(packer), disk], capture_output=True, check=True).stdout
    middle = len(packed) // 2
    for name, damaged in {
        "short": packed[:middle],
        "wrong": packed[:middle] + bytes(64) + packed[middle + 64 :],
    }.items():
        path = tmp_path / f"{name}.{packer}"
        path.write_bytes(damaged)
        with pytest.raises(Usage, match="cannot be unpacked"), ready(path, directory):
            pass
    assert list(directory.iterdir()) == []


def test_xz_that_asks_for_more_memory_than_is_sane_is_refused(directory: Path, tmp_path: Path) -> None:
    packed = tmp_path / "greedy.xz"
    command = [tool("xz"), "-c", "--lzma2=preset=0,dict=768MiB"]
    packed.write_bytes(subprocess.run(command, input=b"x", capture_output=True, check=True).stdout)
    with pytest.raises(Usage, match="cannot be unpacked"), ready(packed, directory):
        pass


def test_what_pzstd_packs_begins_with_a_frame_to_be_skipped_and_is_unpacked(
    disk: Path, directory: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "disk.raw.zst"
    subprocess.run([program("pzstd", "apt install zstd"), "-q", disk, "-o", packed], check=True)
    assert packed.read_bytes().startswith(b"\x50\x2a\x4d\x18")
    with unpacked(str(packed), "zst", "it", SIZE, str(directory), {"PATH": os.environ["PATH"]}, Job()) as path:
        assert Path(path).read_bytes() == disk.read_bytes()
    assert compression(str(packed)) == "zst"


def test_packed_twice_is_once_too_often(disk: Path, directory: Path, tmp_path: Path) -> None:
    twice = tmp_path / "twice.gz"
    twice.write_bytes(gzip.compress(gzip.compress(disk.read_bytes())))
    with pytest.raises(Usage, match="compressed with gzip"), ready(twice, directory):
        pass


# Programs


@pytest.mark.parametrize(("kind", "tool"), [("vdi", "qemu-utils"), ("raw.zst", "zstd")])
def test_a_missing_program_is_named_with_its_package(
    disk: Path, directory: Path, tmp_path: Path, kind: str, tool: str
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "prlimit").symlink_to(shutil.which("prlimit") or "")
    image = tmp_path / f"image.{kind}"
    if kind == "vdi":
        made(disk, image, FORMATS["vdi"])
    else:
        image.write_bytes(subprocess.run([*packing("zst"), disk], capture_output=True, check=True).stdout)
    with pytest.raises(Failed) as raised, ready(image, directory, search=str(programs)):
        pass
    assert raised.value.hint == f"install it: apt install {tool}"


def test_what_qemu_img_cannot_read_is_told_in_its_words(disk: Path, directory: Path, tmp_path: Path) -> None:
    image = made(disk, tmp_path / "image.vdi", FORMATS["vdi"])
    patched(image, 376, struct.pack("<I", 4711))
    with pytest.raises(Usage, match=r"image\.vdi is a damaged vdi image: .*block size"), ready(image, directory):
        pass


@pytest.mark.parametrize("kind", ["vmdk", "vmdk-stream", "vhdx"])
def test_half_an_image_that_would_be_converted_is_refused_rather_than_filled_up_with_zeros(
    disk: Path, directory: Path, tmp_path: Path, kind: str
) -> None:
    """QEMU reads what a monolithicSparse VMDK lacks as zeros."""
    image = made(disk, tmp_path / "image", FORMATS[kind])
    os.truncate(image, image.stat().st_size - 200_000 if kind != "vhdx" else 4 << 20)
    with pytest.raises(Usage, match=f"image is a damaged {kind.partition('-')[0]} image: (?!qemu-img|Check failed)"):  # noqa: SIM117
        with ready(image, directory):
            pass


GPT_ENTRY = 128


def gpt_disk(last_sector: int) -> bytes:
    """A disk of 4 MiB with one partition that ends so."""
    content = bytearray(SIZE)
    content[446:462] = struct.pack("<BxxxBxxxII", 0, 0xEE, 1, 0xFFFF_FFFF)
    content[510:512] = b"\x55\xaa"
    content[512:520] = b"EFI PART"
    content[584:600] = struct.pack("<QII", 2, GPT_ENTRY, GPT_ENTRY)
    content[1024 : 1024 + 48] = os.urandom(32) + struct.pack("<QQ", 2048, last_sector)
    return bytes(content)


def mbr_disk(sectors: int) -> bytes:
    """A disk of 4 MiB with one partition from 1 MiB on."""
    content = bytearray(SIZE)
    content[446:462] = struct.pack("<BxxxBxxxII", 0x80, 0x83, 2048, sectors)
    content[510:512] = b"\x55\xaa"
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "whole"),
    [
        (gpt_disk(8191), True),
        (gpt_disk(8192), False),
        (mbr_disk(6144), True),
        (mbr_disk(6144 + 16065), True),  # of whole cylinders, the last of which a converter has cut off
        (mbr_disk(6145 + 16065), False),
        (b"\xeb<\x90" + b"Disk error! " * 42 + b"\0\0\0\x55\xaa" + bytes(SIZE - 512), True),  # a file system alone
    ],
)
def test_a_raw_disk_that_ends_before_its_partitions_do_is_refused(
    directory: Path, tmp_path: Path, content: bytes, *, whole: bool
) -> None:
    image = tmp_path / "disk.raw"
    image.write_bytes(content)
    if whole:
        with ready(image, directory) as path:
            assert path == str(image)
    else:
        with pytest.raises(Usage, match="ends before its partitions do"), ready(image, directory):
            pass


def test_an_empty_file_is_called_that(directory: Path, tmp_path: Path) -> None:
    image = tmp_path / "disk.raw"
    image.touch()
    with pytest.raises(Usage, match="is empty"), ready(image, directory):
        pass


def test_half_a_file_of_zstd_is_told_without_its_programs_word_for_standard_input(
    disk: Path, directory: Path, tmp_path: Path
) -> None:
    image = tmp_path / "disk.zst"
    image.write_bytes(subprocess.run([*packing("zst"), disk], capture_output=True, check=True).stdout[:-100])
    with pytest.raises(Usage, match=r"\(zst\): Read error"), ready(image, directory):
        pass


@pytest.mark.parametrize("kind", ["vdi", "vhd"])
def test_a_file_that_ends_too_early_is_refused_where_that_can_be_seen(
    disk: Path, directory: Path, tmp_path: Path, kind: str
) -> None:
    image = made(disk, tmp_path / "image", FORMATS[kind])
    image.write_bytes(image.read_bytes()[:-4096])
    with pytest.raises(Usage, match="damaged"), ready(image, directory):
        pass


QCOW2 = {
    "as usual": [],
    "of version 2": ["-o", "compat=0.10"],
    "compressed": ["-c"],
    "with small clusters": ["-o", "cluster_size=512"],
    "with large clusters": ["-o", "cluster_size=2M"],
    "with counts of one bit": ["-o", "refcount_bits=1"],
    "with counts of one bit and large clusters": ["-o", "refcount_bits=1,cluster_size=2M"],
    "with counts of eight bytes": ["-o", "refcount_bits=64"],
    "with room for everything": ["-o", "preallocation=metadata"],
    "without holes": ["-S", "0"],
}


@pytest.mark.parametrize("made_how", QCOW2)
def test_half_a_qcow2_image_is_refused_and_a_whole_one_is_not(
    disk: Path, directory: Path, tmp_path: Path, made_how: str
) -> None:
    """A copy that broke off still begins like an image, and guests would find out where it ends."""
    image = made(disk, tmp_path / "image", ["-O", "qcow2", *QCOW2[made_how]])
    with ready(image, directory) as path:
        assert path == str(image)
    os.truncate(image, image.stat().st_size // 2)
    with pytest.raises(Usage, match="damaged qcow2 image: it ends too early"), ready(image, directory):
        pass


@pytest.mark.parametrize(("offset", "value"), [(20, 0), (20, 63), (96, 7), (96, 0xFFFF_FFFF)])
def test_a_qcow2_header_that_makes_no_sense_is_refused(
    disk: Path, directory: Path, tmp_path: Path, offset: int, value: int
) -> None:
    image = made(disk, tmp_path / "image", FORMATS["qcow2"])
    patched(image, offset, struct.pack(">I", value))
    with pytest.raises(Usage, match="makes no sense"), ready(image, directory):
        pass


def test_of_a_qcow2_image_of_which_only_the_beginning_is_there_no_end_is_wanted(disk: Path, tmp_path: Path) -> None:
    content = made(disk, tmp_path / "image", FORMATS["qcow2"]).read_bytes()
    assert examine_head("image", content[:HEAD_BYTES], len(content), VERBATIM).virtual_bytes == SIZE
    with pytest.raises(Usage, match="it ends too early"):
        examine_head("image", content[:HEAD_BYTES], HEAD_BYTES, VERBATIM)


def test_a_cancelled_conversion_leaves_nothing(disk: Path, directory: Path, tmp_path: Path) -> None:
    image = made(disk, tmp_path / "image.vhdx", FORMATS["vhdx"])
    job = Job(report=lambda stage: job.cancel() if stage.startswith("convert") else None)
    with pytest.raises(Cancelled), ready(image, directory, job=job):
        pass
    assert list(directory.iterdir()) == []


# The gate


def patched(image: Path, offset: int, data: bytes) -> None:
    with image.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def replaced(old: bytes, new: bytes) -> Callable[[Path], None]:
    """A text in the descriptor becomes another one, padded to stay in its place."""

    def change(image: Path) -> None:
        content = image.read_bytes()
        assert old in content
        at = content.index(old)
        end = content.index(b"\0", at)
        rest = content[at + len(old) : end]
        patched(image, at, (new + rest)[: 20 * 512 - 1024] + b"\0")

    return change


def capacity(sectors: int) -> Callable[[Path], None]:
    return lambda image: patched(image, 12, struct.pack("<Q", sectors))


HOSTILE: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "vmdk whose header leaves all to the descriptor": ("vmdk", capacity(0), "in other files"),
    "vmdk with a flat extent": ("vmdk", replaced(b'SPARSE "', b'FLAT "/etc/passwd" 0\nX "'), "not only in this one"),
    "vmdk with two extents": ("vmdk", replaced(b"RW ", b'RW 1 FLAT "/etc/passwd" 0\nRW '), "not only in this one"),
    "vmdk of another kind": ("vmdk", replaced(b"monolithicSparse", b"monolithicFlat"), "of the kind monolithicFlat"),
    "vmdk with a kind twice": (
        "vmdk",
        replaced(b"createType", b'createType="twoGbMaxExtentFlat"\ncreateType'),
        "of an unknown kind",
    ),
    "vmdk with a parent": ("vmdk", replaced(b"ffffffff", b"12345678"), "its parent"),
    "vmdk with the file of a parent": (
        "vmdk",
        replaced(b"createType", b'parentFileNameHint="/etc/passwd"\ncreateType'),
        "its parent",
    ),
    "vmdk with another size in its descriptor": ("vmdk", capacity(99), "not only in this one"),
    "vmdk of a petabyte": ("vmdk-stream", capacity(1 << 50), "not only in this one"),
    "vdi that is a difference": ("vdi", lambda image: patched(image, 76, struct.pack("<I", 4)), "its parent"),
    "vdi with a parent": ("vdi", lambda image: patched(image, 430, b"\1"), "its parent"),
    "vdi of an exabyte": ("vdi", lambda image: patched(image, 368, struct.pack("<Q", 1 << 60)), "claims to be"),
    "vhd that is a difference": (
        "vhd",
        lambda image: patched(image, image.stat().st_size - 512 + 60, struct.pack(">I", 4)),
        "its parent",
    ),
    "vhdx without its tables": ("vhdx", lambda image: patched(image, 192 << 10, bytes(16)), "damaged VHDX"),
    "qcow2 with a backing file": ("qcow2", lambda image: patched(image, 8, struct.pack(">Q", 512)), "its backing file"),
    "qcow2 with its data elsewhere": (
        "qcow2",
        lambda image: patched(image, 72, struct.pack(">Q", 4)),
        "data in another file",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_an_image_that_could_read_other_files_is_refused_before_qemu_sees_it(
    disk: Path, directory: Path, tmp_path: Path, what: str
) -> None:
    kind, change, words = HOSTILE[what]
    image = made(disk, tmp_path / "image", FORMATS[kind])
    with ready(image, directory):
        pass
    change(image)
    with pytest.raises(Usage, match=words), ready(image, directory, search="/nonexistent"):
        pass


def test_a_vhdx_with_a_parent_is_refused(disk: Path, directory: Path, tmp_path: Path) -> None:
    image = made(disk, tmp_path / "image", FORMATS["vhdx"])
    content = image.read_bytes()
    table = content.index(b"metadata")
    entry = content.index(bytes.fromhex("3767a1ca36fa434db3b633f0aa44e76b"), table)
    (offset,) = struct.unpack("<I", content[entry + 16 : entry + 20])
    patched(image, table + offset + 4, struct.pack("<I", 2))
    with pytest.raises(Usage, match="its parent"), ready(image, directory):
        pass


def test_the_end_of_a_stream_may_not_speak_of_another_disk(disk: Path, directory: Path, tmp_path: Path) -> None:
    """As a file that VMware wrote: the grain directory is found by the copy of the header at its end."""
    image = made(disk, tmp_path / "image", FORMATS["vmdk-stream"])
    header = bytearray(image.read_bytes()[:512])
    header[56:64] = b"\xff" * 8
    patched(image, 0, bytes(header))
    header[12:20] = struct.pack("<Q", 1 << 40)
    with image.open("ab") as file:
        file.write(bytes(header) + bytes(512))
    with pytest.raises(Usage, match="disks of different sizes"), ready(image, directory):
        pass


def test_a_disk_that_no_profile_could_hold_is_refused_before_it_is_converted(directory: Path, tmp_path: Path) -> None:
    for kind in ("vmdk", "vdi", "vhdx", "qcow2"):
        image = tmp_path / f"large.{kind}"
        subprocess.run([tool("qemu-img"), "create", "-q", "-f", kind, image, "3G"], check=True)
        refused = ready(image, directory, most_gib=2, search="/nonexistent")
        with pytest.raises(Usage, match="no hardware profile has more than 2 GiB"), refused:
            pass
        with ready(image, directory, most_gib=3):
            pass


def test_the_largest_disk_is_that_of_the_largest_profile_and_unknown_if_one_leaves_it_open() -> None:
    def profile(allowed: Fixed | Range | Choices) -> HardwareProfile:
        return HardwareProfile("any", {Property.STORAGE: allowed})

    some = [profile(Fixed(10)), profile(Range(1, 30, 2)), profile(Choices((40, 20), 40))]
    assert largest_storage(some[:1]) == 10
    assert largest_storage(some[:2]) == 30
    assert largest_storage(some) == 40
    assert largest_storage([*some, HardwareProfile("opaque")]) is None
    assert largest_storage([]) is None
