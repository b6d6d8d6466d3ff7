using System.Buffers.Binary;
using SamNative.Tests.Support;
using SamNative.Weights;

namespace SamNative.Fuzz;

/// <summary>Files of weights in safetensors, what they mean as a model, and embeddings.</summary>
internal static class WeightTargets
{
    public const string SafetensorsName = "safetensors";
    public const string CheckpointName = "checkpoint";
    public const string EmbeddingName = "embedding";

    private static readonly string[] words =
    [
        "\"", "{", "}", "[", "]", ",", ":", "null", "true", " ", "\0", "\uFEFF", "{}", "[0]", "\"dtype\"", "\"shape\"",
        "\"data_offsets\"", "\"__metadata__\"", "F64", "F16", "F4", "F6_E2M3", "U64", "\\ud800", "\\u0061", "\\u0000",
        "{\"a\":\"b\"},", "\"x\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},", "\\n", "\u001b[2J", "é",
    ];

    /// <summary>A model of a few kilobytes.</summary>
    private static readonly SamConfig small = SamConfig.VitB with
    {
        ImgSize = 4,
        PatchSize = 2,
        EmbedDim = 4,
        Depth = 1,
        NumHeads = 1,
        MlpRatio = 1,
        WindowSize = 2,
        GlobalAttnIndexes = [],
        PromptEmbedDim = 16,
        MaskInChans = 4,
        DecoderMlpDim = 2,
        DecoderHeads = 8,
        IouHeadHiddenDim = 2,
    };

    /// <summary>The header, and every tensor in it.</summary>
    public static FuzzTarget Safetensors() => new(
        SafetensorsName, [AllKinds()], words, ReadEverything, [typeof(SafetensorsException)], MaxBytes: 1 << 20)
    {
        Repair = RepairLength,
    };

    /// <summary>Keys, shapes and configuration: which model it is, and every tensor of the model.</summary>
    public static FuzzTarget Checkpoint() => new(
        CheckpointName,
        [
            Small(prefix: "", part: "", metadata: true),
            Small(prefix: "", part: "", metadata: false),
            Small(prefix: "module.", part: "image_encoder.", metadata: false),
            File.ReadAllBytes(ReferenceData.Find("torch_files/hf_keys.safetensors")),
            SmallTower(metadata: true),
            SmallTower(metadata: false),
        ],
        [.. words, "image_encoder.", "blocks.", ".weight", "layers.", "vision_encoder.", "sam.config", "depth",
            "net_2.weight", "net_3.weight", "alpha", "neck_hd.", "backbone.", "model.sam_model.", "tower.config"],
        ReadModel,
        [typeof(SafetensorsException), typeof(PyTorchException), typeof(CheckpointException)],
        MaxBytes: 32 << 20)
    {
        Repair = RepairLength,
    };

    /// <summary>What encode writes.</summary>
    public static FuzzTarget Embedding() => new(
        EmbeddingName,
        [Embedding("[12, 18]", "[12, 18]", 1), Embedding("[[12, 18], [9, 7]]", "[[12, 18], [18, 14]]", 2), CutEmbedding()],
        [
            .. words, "image_embedding", "original_size", "input_size", "model_sha256", "[[1, 2]]", "[12, [18]]", "embedding_version",
            "frame", "patch", "fit", "tight", "preprocessing", "precision", "f32",
        ],
        file => SamEmbedding.Load(new MemoryStream(file)).Dispose(),
        [typeof(SafetensorsException), typeof(EmbeddingException), typeof(NonFiniteException)],
        MaxBytes: 1 << 20)
    {
        Repair = RepairLength,
    };

    private static void ReadEverything(byte[] content)
    {
        using SafetensorsFile file = SafetensorsFile.Open(content);
        foreach (TensorInfo tensor in file.Tensors)
        {
            file.ReadBytes(tensor, new byte[tensor.ByteLength]);
            if (tensor.Dtype.DecodesToFloat())
            {
                file.Read(tensor, new float[tensor.ElementCount]);
            }
        }
    }

    private static void ReadModel(byte[] content)
    {
        using TensorSource file = CheckpointFile.Open(content);
        ModelCheckpoint model = ModelCheckpoint.Open(file);
        foreach (LayoutTensor tensor in model.Tensors)
        {
            model.Read(tensor.Name, new float[model.Find(tensor.Name).ElementCount]);
        }
    }

    private static byte[] AllKinds()
    {
        SafetensorsWriter writer = new();
        writer.AddMetadata("format", "pt");
        writer.AddMetadata("quoted \"key\"", "ü\n😀");
        writer.Add("weight", [2, 3], new float[] { 1, 2, 3, 4, 5, 6 });
        writer.Add("half", [5], new float[] { 1, 2, 3, 4, 5 }, TensorDtype.F16);
        writer.Add("scalar", [], new float[] { 1 }, TensorDtype.BF16);
        writer.Add("empty", [0, 7], default(ReadOnlyMemory<float>));
        writer.AddBytes("double", [1], new byte[8], TensorDtype.F64);
        writer.AddBytes("bytes", [3], new byte[] { 1, 2, 3 }, TensorDtype.U8);
        writer.AddBytes("packed", [4], new byte[] { 1, 2, 3 }, TensorDtype.F6E2M3);
        return Bytes(writer);
    }

    private static byte[] Small(string prefix, string part, bool metadata)
    {
        using SyntheticCheckpoint model = new(small);
        SafetensorsWriter writer = new();
        if (metadata)
        {
            writer.AddMetadata(SamCheckpoint.ConfigKey, model.Metadata[SamCheckpoint.ConfigKey]);
        }

        foreach (TensorInfo tensor in model.Tensors.Where(t => t.Name.StartsWith(part, StringComparison.Ordinal)))
        {
            writer.Add(prefix + tensor.Name, model, tensor, TensorDtype.F16);
        }

        return Bytes(writer);
    }

    /// <summary>The tower of a document model: the encoder, the convolutions, a second path, and a language model.</summary>
    private static byte[] SmallTower(bool metadata)
    {
        const string prefix = "vision_model.vision_tower_high.vision_tower.";
        TowerConfig config = TowerConfig.VitB with
        {
            ImgSize = 4,
            PatchSize = 2,
            EmbedDim = 4,
            Depth = 1,
            NumHeads = 1,
            MlpRatio = 1,
            WindowSize = 2,
            GlobalAttnIndexes = [0],
            OutChans = 4,
            Widths = [4, 4],
            SecondPath = true,
            Kind = TowerKind.DeepSeekVl,
        };
        using SyntheticCheckpoint model = new(config);
        SafetensorsWriter writer = new();
        if (metadata)
        {
            writer.AddMetadata(TowerCheckpoint.ConfigKey, model.Metadata[TowerCheckpoint.ConfigKey]);
        }

        foreach (TensorInfo tensor in model.Tensors)
        {
            string name = tensor.Name switch
            {
                "net_2.weight" => "downsamples.0.weight",
                "net_3.weight" => "downsamples.1.weight",
                "alpha" => "hd_alpha_downsamples",
                _ => tensor.Name.Replace("image_encoder.", "", StringComparison.Ordinal),
            };
            writer.Add(prefix + name, model, tensor, TensorDtype.BF16);
        }

        writer.Add("language_model.lm_head.weight", [2], new float[2]);
        return Bytes(writer);
    }

    private static byte[] Embedding(string originals, string inputs, int count)
    {
        SafetensorsWriter writer = new();
        writer.AddMetadata("original_size", originals);
        writer.AddMetadata("input_size", inputs);
        writer.AddMetadata("model_sha256", new string('0', 64));
        writer.Add("image_embedding", [count, 2, 3, 3], new float[count * 2 * 3 * 3]);
        return Bytes(writer);
    }

    /// <summary>The second layout: a frame that is no square, and a further tensor.</summary>
    private static byte[] CutEmbedding()
    {
        SafetensorsWriter writer = new();
        foreach ((string key, string value) in new[]
        {
            ("embedding_version", "2"), ("original_size", "[12, 18]"), ("input_size", "[12, 18]"), ("frame", "[2, 3]"),
            ("patch", "6"), ("fit", "tight"), ("preprocessing", "sam"), ("precision", "f32"), ("model_sha256", new string('0', 64)),
        })
        {
            writer.AddMetadata(key, value);
        }

        writer.Add("image_embedding", [1, 2, 2, 3], new float[12]);
        writer.Add("more", [1, 2], new float[2]);
        return Bytes(writer);
    }

    private static byte[] Bytes(SafetensorsWriter writer)
    {
        using MemoryStream stream = new();
        writer.Save(stream);
        return stream.ToArray();
    }

    /// <summary>The length field says where the header ends: at the last brace, or the file would be refused unread.</summary>
    private static byte[] RepairLength(byte[] file)
    {
        int end = file.AsSpan().LastIndexOf((byte)'}') + 1;
        if (end > sizeof(long))
        {
            int padding = file.AsSpan(end).IndexOfAnyExcept((byte)' ');
            BinaryPrimitives.WriteInt64LittleEndian(file, end + Math.Max(padding, 0) - sizeof(long));
        }

        return file;
    }
}
