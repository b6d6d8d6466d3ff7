using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The mask decoder of one predictor, for pictures of one frame: the prompt's tokens and the image tokens attend to each
/// other in two layers, then masks are drawn. The prompt's side is small and, but for its MLPs, runs on the calling thread;
/// the image's side runs on all workers.
/// </summary>
internal sealed unsafe class MaskDecoder : IDisposable
{
    private readonly DecoderWeights weights;
    private readonly DecoderGeometry g;
    private readonly KernelSet kernels;
    private readonly WorkerPool pool;
    private readonly PictureJob takePicture;
    private readonly MaskEmbedJob maskEmbed;
    private readonly ProjectImageJob project;
    private readonly TokenToImageJob tokenToImage;
    private readonly ImageToTokenJob[] imageToToken;
    private readonly FoldedImageJob[] foldedImage;
    private readonly CollectSumsJob collectSums;
    private readonly TokenMlpJob tokenMlp;
    private readonly OutputJob outputs;
    private readonly UpscaleJob upscale;
    private readonly PromptEncoder prompts;

    /// <param name="picture">
    /// Says the frame of the pictures. Decoders that share it are disposed together, and it with them.
    /// </param>
    public MaskDecoder(DecoderWeights decoderWeights, PictureTokens picture, WorkerPool workers)
    {
        weights = decoderWeights;
        pool = workers;
        g = weights.Geometry.On(picture.Frame);
        kernels = weights.Kernels;
        prompts = new PromptEncoder(weights.Prompt, g);
        DecoderWorkspace workspace = new(g, kernels, picture, pool.Workers);
        Workspace = workspace;
        HeadLayout layout = new(g.ImageHead, g.Heads, g.Rows, g.Columns);
        takePicture = new PictureJob(workspace, weights.Prompt);
        maskEmbed = new MaskEmbedJob(workspace, weights.Prompt);
        project = new ProjectImageJob(workspace, weights.Layers[0], layout);
        tokenToImage = new TokenToImageJob(workspace);
        imageToToken =
        [
            new ImageToTokenJob(workspace, weights.Layers[0], weights.Layers[1].TokenToImage, layout),
            new ImageToTokenJob(workspace, weights.Layers[1], weights.Final, layout),
        ];
        foldedImage =
        [
            new FoldedImageJob(workspace, weights.Layers[0]),
            new FoldedImageJob(workspace, weights.Layers[1]),
        ];
        collectSums = new CollectSumsJob(workspace);
        tokenMlp = new TokenMlpJob(workspace);
        outputs = new OutputJob(workspace, weights);
        upscale = new UpscaleJob(workspace, weights);
    }

    public DecoderGeometry Geometry => g;

    public DecoderWorkspace Workspace { get; }

    /// <summary>Whether short prompts are multiplied into weights; tests hold the general path to the same bars.</summary>
    public bool FoldsShortPrompts { get; set; } = true;

    /// <summary>Takes in a picture's embedding, [Width, Rows, Columns].</summary>
    public void SetPicture(ReadOnlySpan<float> embedding)
    {
        Workspace.Picture.IsProjected = false;
        takePicture.Run(pool, embedding);
    }

    /// <summary>Does now what the picture's first prompt without a mask would, so that decoders may share the picture.</summary>
    public void ProjectPicture() => WithoutMask(CancellationToken.None);

    /// <summary>Starts a prompt: the output tokens, then the prompt's.</summary>
    /// <exception cref="ArgumentException">The prompt does not fit the picture or the model.</exception>
    public void Begin(SamPrompt prompt, MaskFrame picture)
    {
        int count = prompts.Count(prompt, picture.Original);
        Workspace.Reserve(DecoderGeometry.OutputTokens + count);
        PromptTokens tokens = Workspace.Tokens;
        tokens.Count = DecoderGeometry.OutputTokens + count;
        Copy(weights.IouToken.Pointer, tokens.Initial);
        for (int i = 0; i < DecoderGeometry.Masks; i++)
        {
            Copy(weights.MaskTokens.Pointer + ((nint)i * Lane.RoundUp(g.Width)), tokens.Initial + ((nint)(1 + i) * g.Stride));
        }

        prompts.Write(
            prompt, picture.Original, picture.Input, tokens.Initial + ((nint)DecoderGeometry.OutputTokens * g.Stride));
    }

    /// <summary>Answers the prompt that was begun, but for drawing its masks.</summary>
    /// <param name="maskLogits">[LowRes] logits of a mask prompt; empty for none.</param>
    /// <param name="scores">[masks]: the predicted IoU of each.</param>
    /// <exception cref="NonFiniteException">The arithmetic overflowed.</exception>
    public void Decode(
        ReadOnlySpan<float> maskLogits, MaskChoice masks, Span<float> scores, CancellationToken cancellationToken)
    {
        PromptTokens tokens = Workspace.Tokens;
        CopyLanes(tokens.Initial, tokens.Current, tokens.Count * g.Stride);
        ImageProjection projection = maskLogits.IsEmpty
            ? WithoutMask(cancellationToken)
            : WithMask(maskLogits, cancellationToken);
        float* image = maskLogits.IsEmpty ? Workspace.Picture.WithoutMask : Workspace.WithMask;
        SelfAttend(weights.Layers[0], first: true, cancellationToken);
        AttendToPicture(projection, cancellationToken);
        bool folds = FoldsShortPrompts && tokens.Count <= FoldedPrompt.MostTokens;
        for (int layer = 0; layer < weights.Layers.Length; layer++)
        {
            Mlp(weights.Layers[layer].Mlp, cancellationToken);
            Normalise(weights.Layers[layer].Norm3);
            if (folds)
            {
                FoldedLayer(layer, image, layer == 0 ? projection.Queries : null, masks, cancellationToken);
            }
            else
            {
                PlainLayer(layer, image, masks, cancellationToken);
            }

            image = Workspace.Image;
        }

        outputs.Run(pool, masks, scores, cancellationToken);
        Finite.Check(scores, NonFiniteValues.Scores);
    }

    /// <summary>Draws the masks of the last answer.</summary>
    /// <param name="masks">How many it has.</param>
    /// <param name="logits">[masks, LowRes].</param>
    /// <param name="area">Rows and columns that are wanted; what lies beyond is anything.</param>
    /// <exception cref="NonFiniteException">The arithmetic overflowed.</exception>
    public void Draw(int masks, Span<float> logits, ImageSize area, CancellationToken cancellationToken)
    {
        upscale.Run(pool, masks, logits, area, cancellationToken);
        for (int row = 0; row < masks * g.LowRes.Height; row++)
        {
            if (row % g.LowRes.Height < area.Height)
            {
                int first = row * g.LowRes.Width;
                Finite.Check(logits.Slice(first, area.Width), NonFiniteValues.Logits, first);
            }
        }
    }

    public void Dispose() => Workspace.Dispose();

    /// <summary>What the first layer makes of the picture: done once for all its prompts.</summary>
    private ImageProjection WithoutMask(CancellationToken cancellationToken)
    {
        PictureTokens picture = Workspace.Picture;
        if (!picture.IsProjected)
        {
            project.Run(pool, picture.WithoutMask, picture.Projection, cancellationToken);
            picture.IsProjected = true;
        }

        return picture.Projection;
    }

    /// <summary>The same for a picture that a mask is added to.</summary>
    private ImageProjection WithMask(ReadOnlySpan<float> maskLogits, CancellationToken cancellationToken)
    {
        Workspace.ReserveWithMask();
        maskEmbed.Run(pool, maskLogits, cancellationToken);
        project.Run(pool, Workspace.WithMask, Workspace.Projection, cancellationToken);
        return Workspace.Projection;
    }

    /// <summary>The first attention of the prompt's tokens to the image, whose keys and values are known.</summary>
    private void AttendToPicture(ImageProjection projection, CancellationToken cancellationToken)
    {
        TwoWayLayer layer = weights.Layers[0];
        ProjectQueries(layer.TokenToImage);
        tokenToImage.Run(pool, projection, cancellationToken);
        AddAttended(layer.TokenToImage, layer.Norm2);
    }

    /// <summary>
    /// From a layer's MLP to the next one's: the image tokens attend to the prompt's, and these, after their self-attention
    /// if another layer follows, to the image again.
    /// </summary>
    /// <param name="image">The image tokens before the layer.</param>
    private void PlainLayer(int index, float* image, MaskChoice masks, CancellationToken cancellationToken)
    {
        AttentionHead prompt = TokenKeys(weights.Layers[index].ImageToToken);
        imageToToken[index].Run(pool, image, prompt, cancellationToken);
        (AttentionWeights next, Norm norm) = BeginNext(index, masks, cancellationToken);
        tokenToImage.Run(pool, Workspace.Projection, cancellationToken);
        AddAttended(next, norm);
    }

    /// <summary>The same for a short prompt, with one pass over the image: the tokens' next queries do not depend on it.</summary>
    /// <param name="image">The image tokens before the layer.</param>
    /// <param name="knownQueries">Their queries where they are known already, or null.</param>
    private void FoldedLayer(
        int index, float* image, float* knownQueries, MaskChoice masks, CancellationToken cancellationToken)
    {
        FoldedPrompt attended = Workspace.Tokens.Folded!;
        Fold(attended, weights.Layers[index], withQueries: knownQueries == null);
        (AttentionWeights next, Norm norm) = BeginNext(index, masks, cancellationToken);
        FoldedPrompt attending = Workspace.Tokens.Folded!;
        attending.FoldKeys(Workspace.Tokens.Queries, weights.ImageKeyRows[index].Pointer);
        foldedImage[index].Run(pool, image, knownQueries, attended, attending, cancellationToken);
        collectSums.Run(pool, next.Values, cancellationToken);
        AddAttended(next, norm);
    }

    /// <summary>
    /// Self-attention of the next layer, if there is one, and the queries of the next attention to the image. The last of
    /// these is for the output tokens of the masks that are wanted: nothing else is read any more.
    /// </summary>
    private (AttentionWeights Attention, Norm Norm) BeginNext(int index, MaskChoice masks, CancellationToken cancellationToken)
    {
        if (index + 1 == weights.Layers.Length)
        {
            Workspace.Tokens.KeepOutputs(masks);
            ProjectQueries(weights.Final);
            return (weights.Final, weights.FinalNorm);
        }

        TwoWayLayer layer = weights.Layers[index + 1];
        SelfAttend(layer, first: false, cancellationToken);
        ProjectQueries(layer.TokenToImage);
        return (layer.TokenToImage, layer.Norm2);
    }

    /// <summary>Multiplies the prompt into the weights of the image tokens' attention to it.</summary>
    private void Fold(FoldedPrompt folded, TwoWayLayer layer, bool withQueries)
    {
        PromptTokens tokens = Workspace.Tokens;
        Product(Position(), g.Stride, layer.ImageToToken.Keys, kernels.Bias, folded.Keys, folded.KeyStride);
        folded.ScaleKeys();
        if (withQueries)
        {
            folded.FoldQueries(layer.ImageQueryRows.Pointer);
        }

        Product(tokens.Current, g.Stride, layer.ImageToToken.Values, kernels.Bias, tokens.Values, folded.KeyStride);
        folded.FoldValues(tokens.Values, folded.KeyStride, layer.ImageToToken.Out);
    }

    private void Mlp(TokenMlp mlp, CancellationToken cancellationToken)
    {
        PromptTokens tokens = Workspace.Tokens;
        if (mlp.Parts > 1)
        {
            tokenMlp.Run(pool, mlp, cancellationToken);
            return;
        }

        RowSink sink = new(kernels.BiasAdd, mlp.Second[0].Bias.Pointer, tokens.Current, g.Stride);
        MatrixProduct.RunMlp(
            kernels, tokens.Current, g.Stride, tokens.Count, mlp.First[0].Weight, mlp.First[0].Bias.Pointer,
            kernels.BiasRelu, mlp.Second[0].Weight, tokens.Hidden, tokens.Sums, Tile, sink);
    }

    /// <summary>The first layer attends without positions and keeps no residual: its result replaces the tokens.</summary>
    private void SelfAttend(TwoWayLayer layer, bool first, CancellationToken cancellationToken)
    {
        PromptTokens tokens = Workspace.Tokens;
        float* positioned = first ? tokens.Current : Position();
        AttentionHead head = TokenHeads(tokens.SelfLayout, g.SelfHeadDim, out HeadLayout layout);
        nint stride = g.HeadsStride(g.SelfHeadDim);
        Product(positioned, g.Stride, layer.Self.Queries, kernels.Bias, tokens.Queries, stride);
        TokenHeadsProduct(positioned, layer.Self.Keys, 1, layout);
        TokenHeadsProduct(tokens.Current, layer.Self.Values, 2, layout);
        AttentionBlock attention = Workspace.Scratch[0].Attention;
        for (int i = 0; i < g.Heads; i++)
        {
            TokenAttention.Run(
                attention, head, tokens.Queries + (i * head.HeadLanes), tokens.Attended + (i * head.HeadLanes), stride, tokens.Count,
                cancellationToken);
            head.Keys += head.KeyFloats;
            head.Values += head.ValueFloats;
        }

        Product(
            tokens.Attended, stride, layer.Self.Out, first ? kernels.Bias : kernels.BiasAdd, tokens.Current, g.Stride);
        Normalise(layer.Norm1);
    }

    private void ProjectQueries(AttentionWeights attention) =>
        Product(Position(), g.Stride, attention.Queries, kernels.Bias, Workspace.Tokens.Queries, g.HeadsStride(g.CrossHeadDim));

    /// <summary>Adds what the prompt's tokens attended to in the image, and normalises.</summary>
    private void AddAttended(AttentionWeights attention, Norm norm)
    {
        PromptTokens tokens = Workspace.Tokens;
        Product(
            tokens.Attended, g.HeadsStride(g.CrossHeadDim), attention.Out, kernels.BiasAdd, tokens.Current, g.Stride);
        Normalise(norm);
    }

    /// <summary>The prompt's keys and values for the image tokens to attend to: keys with positions, values without.</summary>
    private AttentionHead TokenKeys(AttentionWeights attention)
    {
        PromptTokens tokens = Workspace.Tokens;
        AttentionHead head = TokenHeads(tokens.CrossLayout, g.CrossHeadDim, out HeadLayout layout);
        TokenHeadsProduct(Position(), attention.Keys, 1, layout);
        TokenHeadsProduct(tokens.Current, attention.Values, 2, layout);
        return head;
    }

    private AttentionHead TokenHeads(HeadLayout?[] layouts, int headDim, out HeadLayout layout)
    {
        PromptTokens tokens = Workspace.Tokens;
        AttentionHead head = new() { Groups = 1, Width = tokens.Count, HeadDim = headDim };
        layout = layouts[tokens.Count] ??= new HeadLayout(head, g.Heads, 1, tokens.Count);
        return head with { Keys = tokens.Keys, Values = tokens.Values };
    }

    private float* Tile => Workspace.Scratch[0].Tile;

    private float* Position()
    {
        PromptTokens tokens = Workspace.Tokens;
        kernels.AddRows(
            tokens.Current, g.Stride, tokens.Initial, g.Stride, tokens.Positioned, g.Stride, tokens.Count, Lane.RoundUp(g.Width));
        return tokens.Positioned;
    }

    private void Normalise(Norm norm)
    {
        PromptTokens tokens = Workspace.Tokens;
        norm.Apply(kernels, tokens.Current, g.Stride, tokens.Current, g.Stride, tokens.Count);
    }

    private void Product(float* a, nint lda, Linear layer, TileKernel kernel, float* result, nint ldr)
    {
        RowSink sink = new(kernel, layer.Bias.Pointer, result, ldr);
        MatrixProduct.Run(kernels, a, lda, Workspace.Tokens.Count, layer.Weight, Tile, sink);
    }

    private void TokenHeadsProduct(float* a, Linear layer, int part, HeadLayout layout)
    {
        PromptTokens tokens = Workspace.Tokens;
        HeadSplitSink sink = new(kernels, layout, layer.Bias.Pointer, part, 0, null, 0, tokens.Keys, tokens.Values);
        MatrixProduct.Run(kernels, a, g.Stride, tokens.Count, layer.Weight, Tile, sink);
    }

    private void Copy(float* source, float* destination) => CopyLanes(source, destination, Lane.RoundUp(g.Width));

    private static void CopyLanes(float* source, float* destination, int count) =>
        new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(destination, count));
}
