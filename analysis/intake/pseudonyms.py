"""Pseudonyms of accounts, which cannot be traced back without this machine's key.

An unkeyed hash of a public handle hides nothing: a million handles are hashed in seconds. The key
lies beside a user's own data, outside every report; to delete it is to cut the link for good.
"""

import hashlib
import hmac
import os
import secrets

from analysis import paths

LENGTH = 10
"""Hexadecimal digits of a pseudonym."""


def pseudonym(account: str, platform: str = "") -> str:
    """Give the pseudonym of an account: the same for the same account, platform and key, whatever
    its capitals.
    """
    message = f"{platform}\0{account.lower()}".encode()
    return f"account {hmac.new(_key(), message, hashlib.sha256).hexdigest()[:LENGTH]}"


def _key() -> bytes:
    """Give the key of this machine, made when it is first needed; readable by its owner only."""
    path = paths.CACHE / "key"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(f".{secrets.token_hex(8)}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(made, path)  # fails if another run was first; then its key counts
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_bytes()
