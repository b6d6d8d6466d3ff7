"""What training programs keep beside the weights, pickled by Python itself: python3 make_bookkeeping.py FOLDER.

Writes bookkeeping.N.pkl, which is that alone in protocol N, and training.pth, the model of zip.pth with it. numpy and torch need not be installed: their objects are written by the same calls that they write themselves.
"""
import argparse, collections, datetime, enum, functools, io, logging, os, pathlib, pickle, random, sys, types, uuid, zipfile


def stub(module, name):
    """A function or class that pickle writes by this name."""
    parts = module.split(".")
    for i in range(len(parts)):
        sys.modules.setdefault(".".join(parts[:i + 1]), types.ModuleType(".".join(parts[:i + 1])))
    if hasattr(sys.modules[module], name):
        return getattr(sys.modules[module], name)
    made = type(name, (), {"__module__": module, "__qualname__": name})
    setattr(sys.modules[module], name, made)
    return made


class By:
    """An object that pickle writes as a call, and perhaps a state."""

    def __init__(self, *reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


class Plain:
    pass


class Schedule(enum.Enum):
    COSINE = "cosine"


class Config(dict):
    pass


for mine in (Schedule, Plain, Config):
    setattr(sys.modules[stub("project.config", mine.__name__).__module__], mine.__name__, mine)
    mine.__module__ = "project.config"

dtype = By(stub("numpy", "dtype"), ("f8", False, True), (3, "<", None, None, None, -1, -1, 0))
scalar = stub("numpy.core.multiarray", "scalar")
array = By(
    stub("numpy.core.multiarray", "_reconstruct"), (stub("numpy", "ndarray"), (0,), b"b"),
    (1, (2,), dtype, False, bytes(16)))
plain = Plain()
plain.rate = 0.1
plain.nested = {"a": [1, 2.5, None]}
config = Config(lr=1e-4)
config.source = "train.yaml"

bookkeeping = {
    "epoch": 7,
    "finished": False,
    "best_iou": By(scalar, (dtype, b"\0\0\0\0\0\0\xe8\x3f")),
    "curve": array,
    "device": By(stub("torch", "device"), ("cuda", 0)),
    "dtype": stub("torch", "float32"),
    "size": By(stub("torch", "Size"), ((1, 2, 3),)),
    "args": argparse.Namespace(lr=0.1, folder=pathlib.PurePosixPath("/data/run"), tags={"a", "b"}),
    "losses": collections.defaultdict(list, {"train": [0.5, 0.25], 3: [1]}),
    "counts": collections.Counter("abca"),
    "window": collections.deque([1, 2], maxlen=5),
    "started": datetime.datetime(2026, 11, 30, 12, 0, tzinfo=datetime.timezone.utc),
    "took": datetime.timedelta(seconds=5),
    "path": pathlib.PurePosixPath("/data/x.pth"),
    "complex": complex(1, 2),
    "bytes": b"\x00\xff" * 40,
    "long bytes": bytes(300),
    "bytearray": bytearray(b"abc"),
    "range": range(3),
    "slice": slice(1, 2, None),
    "set": {1, 2, 3},
    "frozenset": frozenset([1]),
    "enum": Schedule.COSINE,
    "plain": plain,
    "config": config,
    "partial": functools.partial(int, "7", base=8),
    "uuid": uuid.UUID(int=5),
    "level": logging.getLevelName,
    "random": random.Random(1).getstate(),
    "huge": 1 << 2100,
    "longer": 1 << 100,
    "keys": {None: 1, True: 2, 1.5: 3, (1, "a"): 4, 5: 6, Schedule.COSINE: 7, b"b": 8, 1 << 90: 9, frozenset([2]): 10},
}

for protocol in (2, 3, 4):
    with open(f"{sys.argv[1]}/bookkeeping.{protocol}.pkl", "wb") as file:
        pickle.dump(bookkeeping, file, protocol)


class Storage:
    def __init__(self, identity):
        self.identity = identity


class Tensor(By):
    pass


class Reader(pickle.Unpickler):
    """Reads a state_dict without PyTorch: its tensors are calls that pickle will write again."""

    def find_class(self, module, name):
        if name == "OrderedDict":
            return collections.OrderedDict
        found = stub(module, name)
        return (lambda *arguments: Tensor(found, arguments)) if name.startswith("_rebuild") else found

    def persistent_load(self, identity):
        return Storage(identity)


class Writer(pickle.Pickler):
    def persistent_id(self, value):
        return value.identity if isinstance(value, Storage) else None


def rebuilt(dtype, key, count):
    storage = Storage(("storage", stub("torch", dtype), key, "cpu", count))
    return Tensor(getattr(sys.modules["torch._utils"], "_rebuild_tensor_v2"), (storage, 0, (), (), False, collections.OrderedDict()))


with zipfile.ZipFile(f"{sys.argv[1]}/zip.pth") as source:
    records = {name.split("/", 1)[1]: source.read(name) for name in source.namelist()}
state = Reader(io.BytesIO(records["data.pkl"])).load()
model = collections.OrderedDict()
for name, tensor in state.items():
    model[f"module._orig_mod.{name}".replace(".blocks.1.", ".blocks.1._orig_mod.")] = tensor
model["module._orig_mod.image_encoder.neck.1.num_batches_tracked"] = rebuilt("LongStorage", "counter", 1)
records["data/counter"] = (7).to_bytes(8, "little")
training = {
    **bookkeeping,
    "model": model,
    "optimizer": {"state": {0: {"step": rebuilt("LongStorage", "counter", 1)}}, "hook": By(os.system, ("touch pwned",))},
}
pickled = io.BytesIO()
Writer(pickled, 2).dump(training)
records["data.pkl"] = pickled.getvalue()
with zipfile.ZipFile(f"{sys.argv[1]}/training.pth", "w") as target:
    for name in ["data.pkl", *sorted(set(records) - {"data.pkl"})]:
        target.writestr(zipfile.ZipInfo(f"training/{name}", (2026, 1, 1, 0, 0, 0)), records[name])
