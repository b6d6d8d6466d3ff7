namespace SamNative;

/// <summary>Image tokens as the attentions want them.</summary>
/// <param name="queries">
/// [blocks, heads, ColumnStride]: queries of the image's attention to the prompt, as columns; null where they are made when
/// they are needed.
/// </param>
/// <param name="keys">Keys of the prompt's attention to the image, per head.</param>
/// <param name="values">Values of that attention, per head.</param>
internal readonly unsafe struct ImageProjection(float* queries, float* keys, float* values)
{
    public float* Queries { get; } = queries;

    public float* Keys { get; } = keys;

    public float* Values { get; } = values;
}
