namespace SamNative.Weights;

/// <summary>Why a PyTorch file was refused; one member per cause.</summary>
public enum PyTorchError
{
    /// <summary>The file is neither a zip archive nor a stream that <c>torch.save</c> wrote.</summary>
    NotPyTorch,

    /// <summary>The tar archive that PyTorch wrote before 0.2.</summary>
    TarArchive,

    /// <summary>The file does not end with a zip archive's end record: it is cut off, or something follows it.</summary>
    NoEndRecord,

    /// <summary>The zip archive's end records contradict each other, the file, or have a comment.</summary>
    InvalidEndRecord,

    /// <summary>The zip archive is one of several parts.</summary>
    SplitArchive,

    /// <summary>The zip archive has more than 100,000 records.</summary>
    TooManyRecords,

    /// <summary>The zip archive's directory has more than 64 MiB.</summary>
    DirectoryTooLarge,

    /// <summary>An entry of the zip archive's directory is malformed, or there is no whole number of them.</summary>
    InvalidDirectory,

    /// <summary>A record of the zip archive is compressed.</summary>
    CompressedRecord,

    /// <summary>A record of the zip archive is encrypted, or uses another feature that PyTorch never does.</summary>
    UnsupportedFlags,

    /// <summary>A record's name is not a plain relative path.</summary>
    InvalidRecordName,

    /// <summary>Two records have the same name.</summary>
    DuplicateRecord,

    /// <summary>A record's own header says something else than the directory.</summary>
    LocalHeaderMismatch,

    /// <summary>Records overlap, leave bytes between them, or reach beyond their place.</summary>
    RecordPlacement,

    /// <summary>A record's bytes do not have the checksum that the archive states.</summary>
    ChecksumMismatch,

    /// <summary>The records do not all lie in one folder.</summary>
    SeveralRoots,

    /// <summary>A record that every PyTorch archive has, or that a tensor needs, is missing.</summary>
    MissingRecord,

    /// <summary>The archive is a TorchScript program.</summary>
    TorchScript,

    /// <summary>The values are big endian.</summary>
    BigEndian,

    /// <summary>The record <c>byteorder</c> says neither little nor big.</summary>
    InvalidByteOrder,

    /// <summary>The file ends in the middle of a pickle or of a storage.</summary>
    Truncated,

    /// <summary>A pickle has more than 64 MiB.</summary>
    PickleTooLarge,

    /// <summary>A pickle is of a protocol other than 2, 3 and 4, or does not state it first and once.</summary>
    UnsupportedProtocol,

    /// <summary>An instruction that neither a table of tensors needs nor what training leaves beside it.</summary>
    ForbiddenOpcode,

    /// <summary>A class or function where tensors are needed, or one that exists to run something.</summary>
    ForbiddenGlobal,

    /// <summary>A text is not UTF-8.</summary>
    InvalidText,

    /// <summary>A text has more than 64 KiB.</summary>
    TextTooLong,

    /// <summary>An integer has more than 1 KiB.</summary>
    IntegerTooLong,

    /// <summary>A frame is empty, inside another, or reaches beyond the pickle.</summary>
    InvalidFrame,

    /// <summary>An instruction takes more values than there are.</summary>
    StackUnderflow,

    /// <summary>More than 100,000 values wait on the stack.</summary>
    StackTooLarge,

    /// <summary>Values are nested more than 64 deep.</summary>
    TooDeep,

    /// <summary>A pickle has more than 2,000,000 instructions.</summary>
    TooManySteps,

    /// <summary>More than 100,000 values are remembered.</summary>
    MemoTooLarge,

    /// <summary>A value is taken from a place where none was remembered.</summary>
    UnknownMemo,

    /// <summary>A second value is remembered in the same place.</summary>
    MemoOverwritten,

    /// <summary>An instruction meets a value of the wrong type.</summary>
    TypeMismatch,

    /// <summary>A function gets arguments that it does not take.</summary>
    InvalidArguments,

    /// <summary>A dict gets a key without a value.</summary>
    OddItems,

    /// <summary>A dict gets the same key twice.</summary>
    DuplicateKey,

    /// <summary>Something follows the end of a pickle, of the stream, or of the values.</summary>
    TrailingData,

    /// <summary>The reference to a storage is malformed.</summary>
    InvalidStorage,

    /// <summary>A storage's size or type is stated in different ways.</summary>
    StorageMismatch,

    /// <summary>A tensor's shape, strides or offset are malformed, or impossibly large.</summary>
    InvalidTensor,

    /// <summary>A tensor reaches beyond its storage.</summary>
    TensorOutOfBounds,

    /// <summary>The tensors would take far more bytes than the file has: the same values are used too often.</summary>
    TooMuchExpansion,

    /// <summary>The stream's introduction, or its list of storages, is malformed.</summary>
    InvalidStream,

    /// <summary>The file holds no table of tensors.</summary>
    NoTensors,

    /// <summary>The file holds several tables of tensors, and nothing says which is the model.</summary>
    AmbiguousTensors,

    /// <summary>A tensor's name is no text, has control characters or is <c>__metadata__</c>.</summary>
    InvalidTensorName,

    /// <summary>The file became shorter after it was opened.</summary>
    FileShrank,

    /// <summary>The file is an ordinary zip archive with files of weights in it.</summary>
    PackedModel,
}
