"""A real libvirt for tests: private daemons, a tiny guest and a proxy that breaks things on purpose.

* `host.LibvirtHost` – libvirtd in namespaces of its own, gone without a trace afterwards;
* `guest_image.build` – a bootable 20 MB guest, made from distribution packages and cached;
* `proxy.LibvirtProxy` – counts calls on a libvirt socket and kills the client at the k-th writing one;
* `requirement.require` – a visible skip, or a failure where `DCCTL_REQUIRE` names `libvirt`;
* `packages` – what has to be installed; `python -m libvirt_host.packages` installs it.

Nothing here knows dcctl. This file imports nothing: the supervisor's start-up pays for what it needs only.
"""
