using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The tokens' MLP, one layer after the other; a piece is a part of its weights. The second layer adds to the tokens.
/// </summary>
internal sealed unsafe class TokenMlpJob(DecoderWorkspace workspace) : DecoderJob(workspace)
{
    private TokenMlp? mlp;
    private bool isSecond;

    public void Run(WorkerPool pool, TokenMlp weights, CancellationToken cancellationToken)
    {
        mlp = weights;
        isSecond = false;
        pool.Run(this, weights.Parts, cancellationToken);
        isSecond = true;
        pool.Run(this, weights.Parts, cancellationToken);
    }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        PromptTokens tokens = Workspace.Tokens;
        if (isSecond)
        {
            float* result = tokens.Current + ((nint)index * (Geometry.Width / mlp!.Parts));
            Product(
                scratch, new ChannelRows(tokens.Hidden, tokens.HiddenStride, tokens.Count), mlp.Second[index], Kernels.BiasAdd,
                result, Geometry.Stride);
            return;
        }

        float* hidden = tokens.Hidden + ((nint)index * (Geometry.Hidden / mlp!.Parts));
        Product(
            scratch, new ChannelRows(tokens.Current, Geometry.Stride, tokens.Count), mlp.First[index], Kernels.BiasRelu, hidden,
            tokens.HiddenStride);
    }
}
