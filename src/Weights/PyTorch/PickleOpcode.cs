namespace SamNative.Weights;

/// <summary>
/// The instructions that <c>torch.save</c> writes for a table of tensors and for what training leaves beside it: those of
/// PyTorch's <c>_weights_only_unpickler.py</c>, and of protocols 3 and 4. Every other is refused.
/// </summary>
internal enum PickleOpcode : byte
{
    /// <summary>Begins a group of values.</summary>
    Mark = 0x28,

    /// <summary>Pushes ().</summary>
    EmptyTuple = 0x29,

    /// <summary>Ends the pickle.</summary>
    Stop = 0x2E,

    /// <summary>Pushes bytes: 4 bytes of length (protocol 3).</summary>
    BinBytes = 0x42,

    /// <summary>Pushes bytes: 1 byte of length (protocol 3).</summary>
    ShortBinBytes = 0x43,

    /// <summary>Pushes a float: 8 bytes, big endian.</summary>
    BinFloat = 0x47,

    /// <summary>Pushes an integer: 4 bytes, signed.</summary>
    BinInt = 0x4A,

    /// <summary>Pushes an integer: 1 byte, unsigned.</summary>
    BinInt1 = 0x4B,

    /// <summary>Pushes an integer: 2 bytes, unsigned.</summary>
    BinInt2 = 0x4D,

    /// <summary>Pushes None.</summary>
    None = 0x4E,

    /// <summary>Pops a tuple that names a storage, pushes the storage.</summary>
    BinPersId = 0x51,

    /// <summary>Pops arguments and a callable, pushes the result.</summary>
    Reduce = 0x52,

    /// <summary>Pushes a text: 4 bytes of length, UTF-8.</summary>
    BinUnicode = 0x58,

    /// <summary>Pushes [].</summary>
    EmptyList = 0x5D,

    /// <summary>Pops a value, appends it to the list below.</summary>
    Append = 0x61,

    /// <summary>Pops attributes, gives them to the value below.</summary>
    Build = 0x62,

    /// <summary>Pushes a global: two lines, module and name.</summary>
    Global = 0x63,

    /// <summary>Pops a group, appends it to the list below.</summary>
    Appends = 0x65,

    /// <summary>Pushes a remembered value: 1 byte of index.</summary>
    BinGet = 0x68,

    /// <summary>Pushes a remembered value: 4 bytes of index.</summary>
    LongBinGet = 0x6A,

    /// <summary>Remembers the top: 1 byte of index.</summary>
    BinPut = 0x71,

    /// <summary>Remembers the top: 4 bytes of index.</summary>
    LongBinPut = 0x72,

    /// <summary>Pops value and key, sets them in the dict below.</summary>
    SetItem = 0x73,

    /// <summary>Pops a group, pushes it as a tuple.</summary>
    Tuple = 0x74,

    /// <summary>Pops a group of keys and values, sets them in the dict below.</summary>
    SetItems = 0x75,

    /// <summary>Pushes {}.</summary>
    EmptyDict = 0x7D,

    /// <summary>States the protocol: 1 byte.</summary>
    Proto = 0x80,

    /// <summary>Pops arguments and a class, pushes an object of it.</summary>
    NewObj = 0x81,

    /// <summary>Pops 1 value, pushes a tuple.</summary>
    Tuple1 = 0x85,

    /// <summary>Pops 2 values, pushes a tuple.</summary>
    Tuple2 = 0x86,

    /// <summary>Pops 3 values, pushes a tuple.</summary>
    Tuple3 = 0x87,

    /// <summary>Pushes True.</summary>
    NewTrue = 0x88,

    /// <summary>Pushes False.</summary>
    NewFalse = 0x89,

    /// <summary>Pushes an integer: 1 byte of length, little endian, signed.</summary>
    Long1 = 0x8A,

    /// <summary>Pushes an integer: 4 bytes of length, little endian, signed.</summary>
    Long4 = 0x8B,

    /// <summary>Pushes a text: 1 byte of length, UTF-8 (protocol 4).</summary>
    ShortBinUnicode = 0x8C,

    /// <summary>Pushes an empty set (protocol 4).</summary>
    EmptySet = 0x8F,

    /// <summary>Pops a group, adds it to the set below (protocol 4).</summary>
    AddItems = 0x90,

    /// <summary>Pops a group, pushes it as a set that never changes (protocol 4).</summary>
    FrozenSet = 0x91,

    /// <summary>Pops named arguments, arguments and a class, pushes an object of it (protocol 4).</summary>
    NewObjEx = 0x92,

    /// <summary>Pops name and module, pushes a global (protocol 4).</summary>
    StackGlobal = 0x93,

    /// <summary>Remembers the top under the next index (protocol 4).</summary>
    Memoize = 0x94,

    /// <summary>Says how many bytes follow together: 8 bytes (protocol 4).</summary>
    Frame = 0x95,
}
