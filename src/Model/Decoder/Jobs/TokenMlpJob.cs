namespace SamNative;

/// <summary>One layer of the tokens' MLP; a piece is a part of its weights. The second layer adds to the tokens.</summary>
internal sealed unsafe class TokenMlpJob(DecoderWorkspace workspace) : DecoderJob(workspace)
{
    public TokenMlp? Mlp { get; set; }

    /// <summary>Which of the two layers.</summary>
    public bool Second { get; set; }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        TokenBuffers tokens = Workspace.Tokens;
        if (Second)
        {
            float* result = tokens.Queries + ((nint)index * (Geometry.Width / Mlp!.Parts));
            Product(
                scratch, tokens.Hidden, tokens.HiddenStride, tokens.Count, Mlp.Second[index], Kernels.BiasAdd, result,
                Geometry.Stride);
            return;
        }

        float* hidden = tokens.Hidden + ((nint)index * (Geometry.Hidden / Mlp!.Parts));
        Product(
            scratch, tokens.Queries, Geometry.Stride, tokens.Count, Mlp.First[index], Kernels.BiasRelu, hidden,
            tokens.HiddenStride);
    }
}
