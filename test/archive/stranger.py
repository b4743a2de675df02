"""A reader of Holdfast archives written from docs/archive-format.md alone, in another language, with the standard
library, openssl, age and zstd. It shares no code with Holdfast: where the two disagree, the document is wrong.

stranger.py VERIFY_KEY ARCHIVE [IDENTITY_FILE]: prints what it found as JSON; exits 1 with the reason on standard error.
stranger.py --inside FILE: of many components whose plain bytes stand in FILE, says for each what it found or why not."""
import base64, datetime, hashlib, io, json, re, subprocess, sys, tarfile, tempfile

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

    listed = {member["name"].split("/")[1] for member in members if member["name"].startswith("contents/")}
    for component, summary in manifest["components"].items():
        if summary["entries"] > 0 and component not in listed:
            refuse(f"{component} counts entries, and has no contents")

    found = {"components": {}, "contents": {}, "trees": {}}
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
                    entries = entries_of(joined, component)
                    segments = dict(plains(opened["components"][component], key_file.name))
                    found["trees"][component] = check(entries, segments, manifest["components"][component].get("stream"))
                    found[folder][component] = [entry["path"] for entry in entries]
                else:
                    found[folder][component] = hashlib.sha256(joined).hexdigest()


def plains(parts, key_file):
    for number, sealed, _ in parts:
        yield number, run(["zstd", "-dc"], run(["age", "-d", "-i", key_file], sealed))


def check(entries, segments, stream):
    return check_tree(entries, segments) if stream is None else check_stream(entries, segments, stream)


def read_plain(path):
    with open(path) as file:
        for one in json.load(file):
            segments = {int(number): base64.b64decode(plain) for number, plain in one["segments"].items()}
            try:
                entries = entries_of(base64.b64decode(one["lines"]), one["component"])
                print(json.dumps({"tree": check(entries, segments, one.get("stream"))}))
            except SystemExit as refusal:
                print(json.dumps({"refusal": str(refusal)}))
            except Exception as wrong:  # of lines in no form at all: as good a refusal
                print(json.dumps({"refusal": f"{type(wrong).__name__}: {wrong}"}))


TYPES = {"file": b"0", "object": b"0", "item": b"0", "hardlink": b"1", "symlink": b"2", "directory": b"5"}
TEXTS = {"component", "path", "pathBase64", "type", "mtime", "link", "linkBase64", "sha256"}
COUNTS = {"size", "mode", "uid", "gid", "segment", "offset", "bytes"}


def once(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        refuse("a line has a key twice")
    return dict(pairs)


def is_count(value):
    return type(value) is int and 0 <= value < 2**53


def entries_of(lines, component):
    found = []
    for line in lines.split(b"\n")[:-1]:
        try:
            entry = json.loads(line.decode(), object_pairs_hook=once)
            is_one_form = json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode() == line
        except ValueError:
            is_one_form = False
        if not is_one_form:
            refuse("a line is not in its one form")
        if type(entry) is not dict or not {"path", "type", "size", "segment", "offset"} <= entry.keys():
            refuse("a line lacks a key")
        for key, value in entry.items():
            if key in TEXTS and type(value) is str or key in COUNTS and is_count(value):
                continue
            if key not in ("pieces", "changed") or key == "changed" and value is not True:
                refuse(f"a line has a {key} that is none")
        if entry.get("component", component) != component or entry["segment"] < 1 or entry.get("mode", 0) > 0o7777:
            refuse("a line says what it may not")
        check_content_keys(entry)
        entry["raw"] = bytes_of(entry, "path", "pathBase64")
        entry["target"] = bytes_of(entry, "link", "linkBase64") if "link" in entry else b""
        found.append(entry)
    return found


def bytes_of(entry, text, in_base64):
    if in_base64 not in entry:
        return entry[text].encode()
    raw = base64.b64decode(entry[in_base64], validate=True)
    if base64.b64encode(raw).decode() != entry[in_base64] or raw.decode(errors="replace") != entry[text]:
        refuse(f"a {text} is said in two ways")
    try:
        raw.decode()
    except UnicodeDecodeError:
        return raw
    refuse(f"a {text} is in base64 for nothing")


def check_content_keys(entry):
    kind, has = entry["type"], entry.keys()
    if kind not in TYPES and kind != "stream":
        refuse("a line is of an unknown type")
    is_link = kind in ("symlink", "hardlink")
    if is_link != bool(entry.get("link")) or not is_link and has & {"link", "linkBase64"}:
        refuse("a link, and what is none, are confused")
    if is_link or kind == "directory":
        if entry["size"] != 0 or has & {"sha256", "pieces", "changed"}:
            refuse("what has no content is said to have one")
        return
    if ("sha256" in has) == ("pieces" in has) or not re.fullmatch("[0-9a-f]{64}", entry.get("sha256", "0" * 64)):
        refuse("a content has not one hash")
    if "pieces" in has:
        pieces = entry["pieces"]
        if len(pieces) < 2 or any(piece.keys() != {"segment", "offset", "bytes", "sha256"} for piece in pieces):
            refuse("pieces are none")
        if any(not is_count(piece[key]) for piece in pieces for key in ("segment", "offset", "bytes")):
            refuse("a piece has a number that is none")
        if (pieces[0]["segment"], pieces[0]["offset"]) != (entry["segment"], entry["offset"]):
            refuse("pieces do not begin where their entry does")
        if sum(piece["bytes"] for piece in pieces) != entry["size"] or not all(piece["bytes"] for piece in pieces):
            refuse("pieces are not the content")


def pieces_of(entry):
    return entry.get("pieces") or [{**entry, "bytes": entry["size"]}]


def check_hash(content, piece):
    if hashlib.sha256(content).hexdigest() != piece["sha256"]:
        refuse("a content has another hash")


def check_stream(entries, segments, name):
    if len(entries) != 1 or entries[0]["type"] != "stream" or entries[0]["path"] != name:
        refuse("contents do not list the stream")
    pieces = pieces_of(entries[0])
    if [(p["segment"], p["offset"], p["bytes"]) for p in pieces] != [(n, 0, len(plain)) for n, plain in segments.items()]:
        refuse("the stream is not its segments")
    for piece in pieces:
        check_hash(segments[piece["segment"]], piece)


def check_tree(entries, segments):
    """Makes all but the contents anew from the lines, and leaves no byte out; then sees what Python's own tar sees."""
    numbers = list(segments)
    state = {"index": 0, "at": 0}

    def take(expected):
        plain = segments[numbers[state["index"]]]
        if plain[state["at"]:state["at"] + len(expected)] != expected:
            refuse("the tar is not what contents list")
        state["at"] += len(expected)

    def end_segment():
        rest = len(segments[numbers[state["index"]]]) - state["at"]
        if rest == 0 and state["index"] < len(numbers) - 1:
            pass
        elif rest == 2 * BLOCK:
            take(bytes(rest))
        else:
            refuse("contents do not list all of a segment")
        state.update(index=state["index"] + 1, at=0)

    for entry in entries:
        if entry["type"] not in TYPES or not {"mode", "mtime", "uid", "gid"} <= entry.keys():
            refuse("an entry of the tar lacks a key, or is none")
        while state["index"] < len(numbers) and numbers[state["index"]] < entry["segment"]:
            end_segment()
        if state["index"] == len(numbers) or numbers[state["index"]] != entry["segment"]:
            refuse("contents are not in order")
        start = state["at"]
        take(inner_header(entry))
        if entry["offset"] != (state["at"] if TYPES[entry["type"]] == b"0" else start):
            refuse("an entry is not where contents say")
        if TYPES[entry["type"]] != b"0":
            continue
        for index, piece in enumerate(pieces_of(entry)):
            if index > 0:
                plain = segments[numbers[state["index"]]]
                state.update(index=state["index"] + 1, at=0)
                if last["offset"] + last["bytes"] != len(plain) or piece["segment"] != last["segment"] + 1 or piece["offset"] != 0:
                    refuse("a piece does not follow the one before")
                if state["index"] == len(numbers) or numbers[state["index"]] != piece["segment"]:
                    refuse("a piece is in no segment")
            content = segments[piece["segment"]][state["at"]:state["at"] + piece["bytes"]]
            if len(content) != piece["bytes"]:
                refuse("a content is cut")
            check_hash(content, piece)
            state["at"] += piece["bytes"]
            last = piece
        take(bytes(padding(entry["size"])))
    while state["index"] < len(numbers):
        end_segment()
    check_names(entries)
    return tree_of(entries, b"".join(segments.values()))


def octal(value, digits, limit):
    return b"%0*o\0" % (digits, value if 0 <= value < limit else 0)


def record(key, value):
    length = len(key) + len(value) + 3
    total = length + 1
    while length + len(str(total)) != total:
        total = length + len(str(total))
    return b"%d %s=%s\n" % (total, key, value)


def is_utf8(raw):
    try:
        return raw.decode() is not None
    except UnicodeDecodeError:
        return False


def block_of(name, prefix, mode, uid, gid, size, time, kind, target):
    block = b"".join([
        name[:100].ljust(100, b"\0"), octal(mode, 7, 8**7), octal(uid, 7, 2**21), octal(gid, 7, 2**21),
        octal(size, 11, 2**33), octal(time, 11, 2**33), b" " * 8, kind, target[:100].ljust(100, b"\0"),
        b"ustar\x0000", bytes(64), b"0000000\0" * 2, prefix.ljust(155, b"\0"), bytes(12),
    ])
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def seconds_of(mtime):
    try:
        whole = datetime.datetime.strptime(mtime[:-11], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        refuse("a time is none")
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", mtime, re.ASCII):
        refuse("a time is none")
    return int((whole - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)).total_seconds()), int(mtime[-10:-1])


def inner_header(entry):
    kind, name = TYPES[entry["type"]], entry["raw"] + (b"/" if entry["type"] == "directory" else b"")
    seconds, fraction = seconds_of(entry["mtime"])
    cut = name.find(b"/", max(0, len(name) - 101)) if len(name) > 100 else -1
    is_cut = 1 <= cut <= 155 and cut != len(name) - 1
    records = b""
    if fraction or not 0 <= seconds < 2**33:
        value = abs(seconds * 10**9 + fraction)
        sign = b"-" if seconds < 0 else b""
        records += record(b"mtime", sign + b"%d" % (value // 10**9) + (b".%09d" % (value % 10**9) if fraction else b""))
    long_name = name if len(name) > 100 and not is_cut else b""
    long_link = entry["target"] if len(entry["target"]) > 100 else b""
    if not is_utf8(long_name + long_link):
        records += record(b"hdrcharset", b"BINARY")
    for key, value in (b"path", long_name), (b"linkpath", long_link):
        if value:
            records += record(key, value)
    for key, value, limit in (b"size", entry["size"], 2**33), (b"uid", entry["uid"], 2**21), (b"gid", entry["gid"], 2**21):
        if value >= limit:
            records += record(key, b"%d" % value)
    pax = b""
    if records:
        pax = block_of(b"PaxHeader", b"", 0o644, 0, 0, len(records), 0, b"x", b"") + records + bytes(padding(len(records)))
    prefix, name = (name[:cut], name[cut + 1:]) if is_cut else (b"", name)
    return pax + block_of(name, prefix, entry["mode"], entry["uid"], entry["gid"], entry["size"], seconds, kind, entry["target"])


def check_names(entries):
    types, inside = {}, []
    for entry in entries:
        path = entry["raw"]
        parts = path.split(b"/")
        is_root = path == b"." and entry["type"] == "directory"
        if not is_root and any(part in (b"", b".", b"..") for part in parts) or b"\0" in path + entry["target"]:
            refuse("a name leads out")
        if path in types or is_root and types:
            refuse("a name comes twice, or the root late")
        if entry["type"] not in ("object", "item"):
            above = [b"/".join(parts[:n]) for n in range(1, len(parts))]
            if any(types.get(folder, "directory") != "directory" for folder in above):
                refuse("an entry is below what is no directory")
            inside = [folder for folder in inside if folder in above]
            if entry["type"] == "directory" and [folder for folder in above if folder in types] != inside:
                refuse("a directory is away from its own")
            if any(other.startswith(path + b"/") for other in types):
                refuse("an entry is behind what is in it")
            if entry["type"] == "directory" and not is_root:
                inside.append(path)
        if entry["type"] == "hardlink" and types.get(entry["target"]) != "file":
            refuse("a hard link is to no earlier file")
        types[path] = "file" if TYPES[entry["type"]] == b"0" else entry["type"]


def tree_of(entries, joined):
    """What Python's tar reads is what contents list."""
    kinds = {tarfile.REGTYPE: b"0", tarfile.LNKTYPE: b"1", tarfile.SYMTYPE: b"2", tarfile.DIRTYPE: b"5"}
    seen = []
    with tarfile.open(fileobj=io.BytesIO(joined), ignore_zeros=True, encoding="utf-8", errors="surrogateescape") as tar:
        for member in tar:
            raw = member.name.encode(errors="surrogateescape")
            content = tar.extractfile(member).read() if member.isreg() else b""
            time = member.pax_headers.get("mtime", str(int(member.mtime)))
            seen.append((
                raw, kinds.get(member.type), member.mode, member.uid, member.gid, member.size, time,
                member.linkname.encode(errors="surrogateescape"), hashlib.sha256(content).hexdigest(),
            ))
    listed = []
    for entry in entries:
        seconds, fraction = seconds_of(entry["mtime"])
        value = abs(seconds * 10**9 + fraction)
        time = ("-" if seconds < 0 else "") + str(value // 10**9) + (f".{value % 10**9:09}" if fraction else "")
        content = hashlib.sha256()
        if "sha256" in entry:
            content = entry["sha256"]
        elif TYPES[entry["type"]] != b"0":
            content = content.hexdigest()
        else:
            content = next((one[8] for one in seen if one[0] == entry["raw"]), None)
        listed.append((
            entry["raw"], TYPES[entry["type"]], entry["mode"], entry["uid"], entry["gid"], entry["size"], time,
            entry["target"], content,
        ))
    if seen != listed:
        refuse("another reader of tar sees something else")
    return [
        {"path": raw.hex(), "type": kind.decode(), "mode": mode, "uid": uid, "gid": gid, "size": size, "mtime": time,
         "link": link.hex(), "sha256": sha}
        for raw, kind, mode, uid, gid, size, time, link, sha in seen
    ]


def run(command, stdin):
    done = subprocess.run(command, input=stdin, capture_output=True)
    if done.returncode != 0:
        refuse(f"{command[0]}: {done.stderr.decode()}")
    return done.stdout


if sys.argv[1] == "--inside":
    read_plain(sys.argv[2])
else:
    main(*sys.argv[1:])
