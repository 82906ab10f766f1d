"""Drives the API of the reference client for what its command line has no flag for.

reference.py sign   KEY    MODEL SIGNATURE HASH SHARD [IGNORED...]
reference.py verify PUBLIC MODEL SIGNATURE HASH SHARD [IGNORED...]

HASH is sha256, blake2 or blake3; SHARD is the bytes of a shard, 0 for whole files.
"""

import pathlib
import sys

from model_signing import hashing, signing, verifying

action, key, model, signature, algorithm, shard = sys.argv[1:7]
ignored = [pathlib.Path(model) / p for p in sys.argv[7:]] + [pathlib.Path(signature)]

config = hashing.Config()
if int(shard):
    config.use_shard_serialization(hashing_algorithm=algorithm, shard_size=int(shard))
else:
    config.use_file_serialization(hashing_algorithm=algorithm)
config.set_ignored_paths(paths=[], ignore_git_paths=True)
config.add_ignored_paths(model_path=model, paths=[p.relative_to(model) for p in ignored if p.is_relative_to(model)])

if action == "sign":
    signing.Config().use_elliptic_key_signer(private_key=key).set_hashing_config(config).sign(model, signature)
else:
    verifying.Config().use_elliptic_key_verifier(public_key=key).set_hashing_config(config).verify(
        pathlib.Path(model), pathlib.Path(signature)
    )
