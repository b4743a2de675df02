"""A reader of Holdfast archives written from docs/archive-format.md alone, in another language, with the standard
library, openssl, age and zstd. It shares no code with Holdfast: where the two disagree, the document is wrong.

stranger.py VERIFY_KEY ARCHIVE [IDENTITY_FILE]: prints what it found as JSON; exits 1 with the reason on standard error."""
import base64, datetime, hashlib, json, re, subprocess, sys, tempfile

BLOCK = 512


def refuse(why):
    sys.exit(why)


def padding(size):
    return -size % BLOCK


def header(name, size, time):
    prefix = b""
    name = name.encode("ascii")
    if len(name) > 100:
        slash = name.rindex(b"/", 0, 156)
        prefix, name = name[:slash], name[slash + 1:]
    block = b"".join([
        name.ljust(100, b"\0"), b"0000644\0", b"0000000\0" * 2, b"%011o\0" % size, b"%011o\0" % time,
        b" " * 8, b"0", bytes(100), b"ustar\x0000", bytes(64), b"0000000\0" * 2, prefix.ljust(155, b"\0"), bytes(12),
    ])
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def openssl_accepts(raw_signature, signature):
    with tempfile.TemporaryDirectory() as folder:
        def put(name, content):
            with open(f"{folder}/{name}", "wb") as file:
                file.write(content)
        put("statement", re.sub(rb',"signature":"[^"]*"', b"", raw_signature))
        put("signature", base64.b64decode(signature["signature"]))
        put("key", bytes.fromhex("302a300506032b6570032100") + base64.b64decode(signature["verifyKey"]))
        command = "openssl pkeyutl -verify -rawin -in statement -sigfile signature -pubin -keyform DER -inkey key"
        return subprocess.run(command.split(), cwd=folder, capture_output=True).returncode == 0


def number_of(name):
    return int(name.rsplit("/", 1)[1].split(".", 1)[0])


def in_order_of_format(names, mode):
    segment = r"(components/[a-z0-9][a-z0-9_-]{0,62}/[0-9]{8,}\.[a-z0-9][a-z0-9._-]{0,40}|contents/[a-z0-9][a-z0-9_-]{0,62}/[0-9]{8,}\.jsonl)\.zst\.age"
    key = "key.kms" if mode == "hsm" else "key.age"
    return re.fullmatch(rf"holdfast\.json\nRECOVER\.md\n({segment}\n)*(backup\.log\.age\n)?{key}", "\n".join(names))


def main(verify_key, path, identity=None):
    data = open(path, "rb").read()
    if len(data) < 2048 or data[-2048:-2036] != b"manifest.sig":
        refuse("does not end as an archive does")
    signature_size = int(data[-2048 + 124:-2048 + 135], 8)
    raw_signature = data[-1536:][:signature_size]
    signature = json.loads(raw_signature)
    if json.dumps(signature, separators=(",", ":")).encode() + b"\n" != raw_signature:
        refuse("manifest.sig is not in its one form")
    if signature["format"] != 1 or signature["algorithm"] != "Ed25519":
        refuse("is of another format")
    size = signature["manifestBytes"]
    start = len(data) - 2048 - BLOCK - size - padding(size)
    if start < 0:
        refuse("is cut")
    raw_manifest = data[start + BLOCK:start + BLOCK + size]
    if hashlib.sha256(raw_manifest).hexdigest() != signature["manifestSha256"]:
        refuse("the manifest is not what was signed")
    if base64.b64encode(base64.b64decode(signature["signature"])).decode() != signature["signature"]:
        refuse("the signature is not in its one form")
    if not openssl_accepts(raw_signature, signature):
        refuse("the signature does not fit")
    if signature["verifyKey"] != verify_key:
        refuse("the signer is unknown")
    manifest = json.loads(raw_manifest)
    if manifest["format"] != 1 or manifest["features"]:
        refuse("needs what this reader does not know")

    created = datetime.datetime.fromisoformat(manifest["createdAt"].replace("Z", "+00:00"))
    time = int(created.timestamp() // 1)
    members = manifest["members"]
    if not in_order_of_format([member["name"] for member in members], manifest["encryption"]["mode"]):
        refuse("the members are not in order")
    whole = bytearray()
    for member in members:
        at = len(whole) + BLOCK
        content = data[at:at + member["size"]]
        if hashlib.sha256(content).hexdigest() != member["sha256"]:
            refuse(f"{member['name']} is not what the manifest says")
        whole += header(member["name"], member["size"], time) + content + bytes(padding(member["size"]))
    for name, content in ("manifest.json", raw_manifest), ("manifest.sig", raw_signature):
        whole += header(name, len(content), time) + content + bytes(padding(len(content)))
    whole += bytes(2 * BLOCK)
    # All of it was made anew from the manifest: one comparison leaves no byte out.
    if bytes(whole) != data:
        refuse("has a byte that the format does not put there")

    found = {"components": {}, "contents": {}}
    if identity is not None:
        read_inside(data, members, manifest, identity, found)
    print(json.dumps({"backupId": manifest["backupId"], "members": len(members), **found}))


def read_inside(data, members, manifest, identity, found):
    at = 0
    opened = {"components": {}, "contents": {}}
    key = None
    for member in members:
        sealed = data[at + BLOCK:at + BLOCK + member["size"]]
        at += BLOCK + member["size"] + padding(member["size"])
        folder, _, rest = member["name"].partition("/")
        if folder in opened:
            opened[folder].setdefault(rest.split("/")[0], []).append((number_of(member["name"]), sealed, member))
        elif member["name"] in ("key.age", "key.kms"):
            key = run(["age", "-d", "-i", identity], sealed)
    with tempfile.NamedTemporaryFile() as key_file:
        key_file.write(key)
        key_file.flush()
        for folder, components in opened.items():
            for component, parts in components.items():
                joined = b""
                for _, sealed, member in sorted(parts, key=lambda part: part[0]):
                    plain = run(["zstd", "-dc"], run(["age", "-d", "-i", key_file.name], sealed))
                    if len(plain) != member["plainBytes"] or ("tar.zst" in member["name"] and len(plain) > manifest["segmentBytes"]):
                        refuse(f"{member['name']} is not as long as declared")
                    if folder == "contents" and plain.count(b"\n") != member["entries"]:
                        refuse(f"{member['name']} does not hold as many entries as declared")
                    joined += plain
                if folder == "contents":
                    check_contents(joined, {n: p for n, p in plains(opened["components"][component], key_file.name)})
                    found[folder][component] = [json.loads(line)["path"] for line in joined.splitlines()]
                else:
                    found[folder][component] = hashlib.sha256(joined).hexdigest()


def plains(parts, key_file):
    for number, sealed, _ in parts:
        yield number, run(["zstd", "-dc"], run(["age", "-d", "-i", key_file], sealed))


def check_contents(lines, segments):
    """Every offset and hash of contents leads to the content."""
    for line in lines.splitlines():
        entry = json.loads(line)
        pieces = entry.get("pieces") or ([{**entry, "bytes": entry["size"]}] if "sha256" in entry else [])
        if pieces and sum(piece["bytes"] for piece in pieces) != entry["size"]:
            refuse(f"the pieces of {entry['path']} are not its size")
        for piece in pieces:
            content = segments[piece["segment"]][piece["offset"]:piece["offset"] + piece["bytes"]]
            if hashlib.sha256(content).hexdigest() != piece["sha256"]:
                refuse(f"{entry['path']} is not where contents say")
        if not pieces and entry["type"] not in ("file", "stream"):
            if segments[entry["segment"]][entry["offset"] + 257:][:5] != b"ustar":
                refuse(f"{entry['path']} has no header where contents say")


def run(command, stdin):
    done = subprocess.run(command, input=stdin, capture_output=True)
    if done.returncode != 0:
        refuse(f"{command[0]}: {done.stderr.decode()}")
    return done.stdout


main(*sys.argv[1:])
