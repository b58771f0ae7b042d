"""Look every locked package up among known vulnerabilities, and never call a package audited that
was not.

Exit codes: 0 all were looked up and nothing is known; 1 something is known; 3 not audited, or not
all.
"""

import json
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIP_AUDIT = "pip-audit==2.10.1"
NOT_AUDITED = 3


def judge(code: int, answer: str, expected: set[str]) -> tuple[int, str]:
    """Turn what pip-audit answers into an exit code and a sentence.

    Parameters
    ----------
    code : int
        Its exit code.
    answer : str
        Its JSON.
    expected : set of str
        Names of the packages that had to be looked up.
    """
    try:
        packages = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        sentence = "NOT AUDITED: pip-audit could not reach its database, or could not be installed."
        return NOT_AUDITED, sentence
    known = []
    for package in packages:
        name = f"{package['name']} {package['version']}" if package.get("vulns") else ""
        known += [f"{name}: {fault['id']}" for fault in package.get("vulns", ())]
    if known:
        return 1, "Known vulnerabilities:\n" + "\n".join(known)
    looked_up = {package["name"].lower() for package in packages if "skip_reason" not in package}
    missing = sorted(expected - looked_up)
    if missing or code:
        share = f"{len(missing)} of {len(expected)} packages were not looked up"
        return NOT_AUDITED, f"NOT AUDITED: {share}: {', '.join(missing)}."
    return 0, f"All {len(expected)} locked packages were looked up; no vulnerability is known."


def main() -> int:
    """Install pip-audit apart from everything else, and run it on both locks."""
    sys.path.insert(0, str(ROOT / ".ci"))
    from environment import pins
    from packaging.markers import Marker

    locks = (ROOT / "requirements.lock", ROOT / "requirements-engines.lock")
    home = ROOT / ".cache" / "audit"
    if not (home / "bin" / "pip-audit").is_file():
        venv.create(home, with_pip=True, clear=True)
        install = [home / "bin" / "pip", "install", "-qq", PIP_AUDIT]
        subprocess.run(install, capture_output=True, check=False)
    locked = (pin for lock in locks for pin in pins(lock.read_text()))
    expected = {pin.name for pin in locked if not pin.marker or Marker(pin.marker).evaluate()}
    command = [home / "bin" / "pip-audit", "--strict", "--disable-pip", "--require-hashes"]
    command += ["--progress-spinner", "off", "-f", "json"]
    for lock in locks:
        command += ["-r", str(lock)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        code, sentence = judge(done.returncode, done.stdout, expected)
    except (OSError, subprocess.TimeoutExpired):
        code, sentence = judge(1, "", expected)
    print(sentence)
    return code


if __name__ == "__main__":
    sys.exit(main())
