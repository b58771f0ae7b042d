"""Look every locked package up among known vulnerabilities, and never call a package audited that
was not.

Exit codes: 0 all were looked up and nothing is known; 1 something is known; 3 not audited, or not
all."""

import json
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIP_AUDIT = "pip-audit==2.10.1"
NOT_AUDITED = 3


def judge(code: int, told: str, expected: set[str]) -> tuple[int, str]:
    """Turn what pip-audit told into an exit code and a sentence.

    Parameters
    ----------
    code : int
        Its exit code.
    told : str
        Its JSON.
    expected : set of str
        Names of the packages that had to be looked up.
    """
    try:
        packages = json.loads(told)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return (
            NOT_AUDITED,
            "NOT AUDITED: pip-audit could not reach its database, or could not be installed.",
        )
    known = [
        f"{one['name']} {one['version']}: {fault['id']}"
        for one in packages
        for fault in one.get("vulns", ())
    ]
    if known:
        return 1, "Known vulnerabilities:\n" + "\n".join(known)
    missing = expected - {one["name"].lower() for one in packages if "skip_reason" not in one}
    if missing or code:
        return (
            NOT_AUDITED,
            f"NOT AUDITED: {len(missing)} of {len(expected)} packages were not looked up: {', '.join(sorted(missing))}.",
        )
    return 0, f"All {len(expected)} locked packages were looked up; no vulnerability is known."


def main() -> int:
    """Install pip-audit apart from everything else, and run it on both locks."""
    sys.path.insert(0, str(ROOT / ".ci"))
    from environment import pins
    from packaging.markers import Marker

    locks, home = (
        (ROOT / "requirements.lock", ROOT / "requirements-engines.lock"),
        ROOT / ".cache" / "audit",
    )
    if not (home / "bin" / "pip-audit").is_file():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run(
            [home / "bin" / "pip", "install", "-qq", PIP_AUDIT], capture_output=True, check=False
        )
    expected = {
        pin.name
        for lock in locks
        for pin in pins(lock.read_text())
        if not pin.marker or Marker(pin.marker).evaluate()
    }
    command = [
        home / "bin" / "pip-audit",
        "--strict",
        "--disable-pip",
        "--require-hashes",
        "--progress-spinner",
        "off",
        "-f",
        "json",
    ]
    command += [str(word) for lock in locks for word in ("-r", lock)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        code, sentence = judge(done.returncode, done.stdout, expected)
    except (OSError, subprocess.TimeoutExpired):
        code, sentence = judge(1, "", expected)
    print(sentence)
    return code


if __name__ == "__main__":
    sys.exit(main())
