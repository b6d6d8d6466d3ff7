namespace SamNative.Bench;

/// <summary>Whom our encoder is compared with.</summary>
internal enum Peer
{
    /// <summary>ONNX Runtime with the original's graph in single precision.</summary>
    Ort,

    /// <summary>ONNX Runtime with the linear layers quantised: int8 weights, activations quantised as they come.</summary>
    OrtInt8,
}
