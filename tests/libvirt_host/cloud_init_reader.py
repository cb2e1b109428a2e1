"""Run by the system's Python with the unpacked cloud-init and a folder of seed files; says as JSON what is understood.

The steps are those of cloud-init's own stages, less the writing: read the seed as its NoCloud source does, merge user data over vendor data
over the image's configuration, find the accounts and the passwords, parse the network configuration, hold all against the schema.
"""

# mypy: ignore-errors
# ruff: noqa

import json
import os
import sys
import tempfile

ROOT, SEED = sys.argv[1:]
sys.path.insert(0, f"{ROOT}/usr/lib/python3/dist-packages")

from cloudinit import distros, helpers, util
from cloudinit.config import cc_set_passwords, schema
from cloudinit.distros import ug_util
from cloudinit.net import eni, netplan, network_state, networkd

files = util.pathprefix2dict(
    f"{SEED}/", required=["user-data", "meta-data"], optional=["vendor-data", "network-config"]
)
image = util.load_yaml(open(f"{ROOT}/etc/cloud/cloud.cfg").read())
configs = {}
problems = []
for name in ("user-data", "vendor-data"):
    content = files.get(name) or b""
    if content.startswith(b"#cloud-config"):
        configs[name] = util.load_yaml(content) or {}
        try:
            schema.validate_cloudconfig_schema(configs[name], strict=True)
        except schema.SchemaValidationError as error:
            problems.append(f"{name}: {error}")
merged = util.mergemanydict([configs.get("user-data", {}), configs.get("vendor-data", {}), image])
distro = distros.fetch("debian")("debian", merged["system_info"], helpers.Paths({}))
users, _ = ug_util.normalize_users_groups(merged, distro)
account, described = ug_util.extract_default(users)

passwords = []
expired = []


def change(entries, hashed=False):
    """Older versions give one text, newer ones pairs."""
    lines = entries.splitlines() if isinstance(entries, str) else [":".join(entry) for entry in entries]
    passwords.extend([*line.split(":", 1), hashed] for line in lines)


cc_set_passwords.handle_ssh_pwauth = lambda *_: None
cc_set_passwords.chpasswd = lambda _, entries, hashed=False: change(entries, hashed)
distro.chpasswd = change
distro.expire_passwd = expired.append


class Cloud:
    pass


cloud = Cloud()
cloud.distro = distro
arguments = ["set-passwords", merged, cloud]
if cc_set_passwords.handle.__code__.co_varnames[3] == "log":
    import logging

    arguments.append(logging.getLogger())
cc_set_passwords.handle(*arguments, [])

network, written = None, {}
if files.get("network-config"):
    document = util.load_yaml(files["network-config"])
    state = network_state.parse_net_config_data(document.get("network", document), skip_broken=False)
    network = [
        {"name": each["name"], "mac": each.get("mac_address"), "subnets": each["subnets"]}
        for each in state.iter_interfaces()
    ]
    for renderer in (eni, networkd, netplan):
        folder = tempfile.mkdtemp(dir=SEED)
        renderer.Renderer({"netplan_path": "plan.yaml", "postcmds": False}).render_network_state(state, target=folder)
        paths = [os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names]
        written[renderer.__name__.rpartition(".")[2]] = "".join(open(path).read() for path in sorted(paths))
print(
    json.dumps(
        {
            "meta_data": util.load_yaml(files["meta-data"]),
            "account": account,
            "groups": described.get("groups"),
            "passwords": passwords,
            "expired": expired,
            "host_keys": sorted(merged.get("ssh_keys", {})),
            "network": network,
            "written": written,
            "problems": problems,
        },
        default=str,
    )
)
