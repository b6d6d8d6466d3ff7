using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The mask decoder of one predictor, for pictures of one frame: the prompt's tokens and the image tokens attend to each other in two layers, then
/// masks are drawn. The prompt's side is small and, but for its MLPs, runs on the calling thread; the image's
/// side runs on all workers.
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
    private readonly HeadsJob heads;
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
        heads = new HeadsJob(workspace, weights);
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
        fixed (float* values = embedding)
        {
            takePicture.Embedding = values;
            pool.Run(takePicture, takePicture.RowBlocks, CancellationToken.None);
        }
    }

    /// <summary>Does now what the picture's first prompt without a mask would, so that decoders may share the picture.</summary>
    public void ProjectPicture() => SetSource([], CancellationToken.None);

    /// <summary>Starts a prompt: the decoder's own tokens, then the prompt's.</summary>
    /// <exception cref="ArgumentException">The prompt does not fit the picture or the model.</exception>
    public void Begin(SamPrompt prompt, MaskFrame picture)
    {
        int count = prompts.Count(prompt, picture.Original);
        Workspace.Reserve(DecoderGeometry.OwnTokens + count);
        TokenBuffers tokens = Workspace.Tokens;
        tokens.Count = DecoderGeometry.OwnTokens + count;
        Copy(weights.IouToken.Pointer, tokens.Initial);
        for (int i = 0; i < DecoderGeometry.Masks; i++)
        {
            Copy(weights.MaskTokens.Pointer + ((nint)i * Lane.RoundUp(g.Width)), tokens.Initial + ((nint)(1 + i) * g.Stride));
        }

        prompts.Write(
            prompt, picture.Original, picture.Input, tokens.Initial + ((nint)DecoderGeometry.OwnTokens * g.Stride));
    }

    /// <summary>Answers the prompt that was begun, but for drawing its masks.</summary>
    /// <param name="maskInput">[LowRes] logits of a mask prompt; empty for none.</param>
    /// <param name="firstMask">The mask token of the first mask.</param>
    /// <param name="scores">[masks]: the predicted IoU of each.</param>
    /// <exception cref="NonFiniteException">The arithmetic overflowed.</exception>
    public void Decode(ReadOnlySpan<float> maskInput, int firstMask, Span<float> scores, CancellationToken cancellationToken)
    {
        TokenBuffers tokens = Workspace.Tokens;
        CopyLanes(tokens.Initial, tokens.Queries, tokens.Count * g.Stride);
        SetSource(maskInput, cancellationToken);
        heads.FirstMask = firstMask;
        heads.Masks = scores.Length;
        tokenToImage.Cancellation = imageToToken[0].Cancellation = imageToToken[1].Cancellation = cancellationToken;
        SelfAttend(weights.Layers[0], first: true, cancellationToken);
        AttendToPicture(cancellationToken);
        bool folds = FoldsShortPrompts && tokens.Count <= FoldedPrompt.MostTokens;
        for (int layer = 0; layer < weights.Layers.Length; layer++)
        {
            Mlp(weights.Layers[layer].Mlp, cancellationToken);
            Normalise(weights.Layers[layer].Norm3);
            if (folds)
            {
                FoldedLayer(layer, tokens.Folded!, cancellationToken);
            }
            else
            {
                PlainLayer(layer, cancellationToken);
            }
        }

        fixed (float* quality = scores)
        {
            heads.Scores = quality;
            pool.Run(heads, 1 + scores.Length, cancellationToken);
        }

        Finite.Check(scores, NonFiniteValues.Scores);
    }

    /// <summary>Draws the masks of the last answer.</summary>
    /// <param name="logits">[masks, LowRes].</param>
    /// <param name="area">Rows and columns that are wanted; what lies beyond is anything.</param>
    /// <exception cref="NonFiniteException">The arithmetic overflowed.</exception>
    public void Draw(Span<float> logits, ImageSize area, CancellationToken cancellationToken)
    {
        fixed (float* destination = logits)
        {
            upscale.Logits = destination;
            upscale.Masks = heads.Masks;
            upscale.SetArea(area);
            pool.Run(upscale, upscale.Pieces, cancellationToken);
        }

        for (int row = 0; row < heads.Masks * g.LowRes.Height; row++)
        {
            if (row % g.LowRes.Height < area.Height)
            {
                int first = row * g.LowRes.Width;
                Finite.Check(logits.Slice(first, area.Width), NonFiniteValues.Logits, first);
            }
        }
    }

    public void Dispose() => Workspace.Dispose();

    /// <summary>Prepares the image tokens: those of the picture, projected once for all its prompts, or with a mask added.</summary>
    private void SetSource(ReadOnlySpan<float> maskInput, CancellationToken cancellationToken)
    {
        PictureTokens picture = Workspace.Picture;
        bool withMask = !maskInput.IsEmpty;
        if (withMask)
        {
            Workspace.ReserveMaskSource();
            fixed (float* values = maskInput)
            {
                maskEmbed.Logits = values;
                pool.Run(maskEmbed, maskEmbed.RowBlocks, cancellationToken);
            }
        }

        float* source = withMask ? Workspace.MaskSource : picture.Source;
        project.Source = source;
        project.K = tokenToImage.K = withMask ? Workspace.K : picture.K;
        project.V = tokenToImage.V = withMask ? Workspace.V : picture.V;
        project.Q = withMask ? null : picture.Q;
        if (withMask || !picture.IsProjected)
        {
            pool.Run(project, project.RowBlocks, cancellationToken);
            picture.IsProjected |= !withMask;
        }

        imageToToken[0].Source = foldedImage[0].Source = source;
        imageToToken[1].Source = foldedImage[1].Source = Workspace.Keys;
        foldedImage[0].Q = project.Q;
    }

    /// <summary>The first attention of the prompt's tokens to the image, whose keys and values are known.</summary>
    private void AttendToPicture(CancellationToken cancellationToken)
    {
        TwoWayLayer layer = weights.Layers[0];
        ProjectQueries(layer.TokenToImage);
        pool.Run(tokenToImage, g.Heads, cancellationToken);
        AddAttended(layer.TokenToImage, layer.Norm2);
    }

    /// <summary>
    /// From a layer's MLP to the next one's: the image tokens attend to the prompt's, and these, after their self-attention
    /// if another layer follows, to the image again.
    /// </summary>
    private void PlainLayer(int index, CancellationToken cancellationToken)
    {
        imageToToken[index].TokenHead = TokenKeys(weights.Layers[index].ImageToToken);
        pool.Run(imageToToken[index], imageToToken[index].RowBlocks, cancellationToken);
        tokenToImage.K = Workspace.K;
        tokenToImage.V = Workspace.V;
        (AttentionWeights next, Norm norm) = BeginNext(index, cancellationToken);
        pool.Run(tokenToImage, g.Heads, cancellationToken);
        AddAttended(next, norm);
    }

    /// <summary>The same for a short prompt, with one pass over the image: the tokens' next queries do not depend on it.</summary>
    private void FoldedLayer(int index, FoldedPrompt folded, CancellationToken cancellationToken)
    {
        FoldedImageJob image = foldedImage[index];
        Fold(folded, weights.Layers[index], image.Q == null);
        (AttentionWeights next, Norm norm) = BeginNext(index, cancellationToken);
        FoldedPrompt asking = Workspace.Tokens.Folded!;
        asking.FoldKeys(Workspace.Tokens.Q, weights.ImageKeyRows[index].Pointer);
        image.Folded = folded;
        image.Asking = asking;
        pool.Run(image, Workspace.Sums.Parts, cancellationToken);
        collectSums.Values = next.V;
        pool.Run(collectSums, g.Heads, cancellationToken);
        AddAttended(next, norm);
    }

    /// <summary>
    /// Self-attention of the next layer, if there is one, and the queries of the next attention to the image. The last of
    /// these is for the tokens that speak: no other token listens any more.
    /// </summary>
    private (AttentionWeights Attention, Norm Norm) BeginNext(int index, CancellationToken cancellationToken)
    {
        if (index + 1 == weights.Layers.Length)
        {
            Workspace.Tokens.KeepSpeakers(1 + heads.FirstMask, heads.Masks);
            ProjectQueries(weights.Final);
            return (weights.Final, weights.FinalNorm);
        }

        TwoWayLayer layer = weights.Layers[index + 1];
        SelfAttend(layer, first: false, cancellationToken);
        ProjectQueries(layer.TokenToImage);
        return (layer.TokenToImage, layer.Norm2);
    }

    /// <summary>Multiplies the prompt into the weights of the image tokens' attention to it.</summary>
    private void Fold(FoldedPrompt folded, TwoWayLayer layer, bool queries)
    {
        TokenBuffers tokens = Workspace.Tokens;
        Product(Position(), g.Stride, layer.ImageToToken.K, kernels.Bias, folded.Keys, folded.KeyStride);
        folded.ScaleKeys();
        if (queries)
        {
            folded.FoldQueries(layer.ImageQueryRows.Pointer);
        }

        Product(tokens.Queries, g.Stride, layer.ImageToToken.V, kernels.Bias, tokens.V, folded.KeyStride);
        folded.FoldValues(tokens.V, folded.KeyStride, layer.ImageToToken.Out);
    }

    private void Mlp(TokenMlp mlp, CancellationToken cancellationToken)
    {
        TokenBuffers tokens = Workspace.Tokens;
        if (mlp.Parts > 1)
        {
            tokenMlp.Mlp = mlp;
            tokenMlp.Second = false;
            pool.Run(tokenMlp, mlp.Parts, cancellationToken);
            tokenMlp.Second = true;
            pool.Run(tokenMlp, mlp.Parts, cancellationToken);
            return;
        }

        RowSink sink = new(kernels.BiasAdd, mlp.Second[0].Bias.Pointer, tokens.Queries, g.Stride);
        MatrixProduct.RunMlp(
            kernels, tokens.Queries, g.Stride, tokens.Count, mlp.First[0].Weight, mlp.First[0].Bias.Pointer,
            kernels.BiasRelu, mlp.Second[0].Weight, tokens.Hidden, tokens.Sums, Tile, sink);
    }

    /// <summary>The first layer attends without positions and keeps no residual: its result replaces the tokens.</summary>
    private void SelfAttend(TwoWayLayer layer, bool first, CancellationToken cancellationToken)
    {
        TokenBuffers tokens = Workspace.Tokens;
        float* positioned = first ? tokens.Queries : Position();
        AttentionHead head = TokenHeads(tokens.SelfLayout, g.SelfHeadDim, out HeadLayout layout);
        nint stride = g.HeadsStride(g.SelfHeadDim);
        Product(positioned, g.Stride, layer.Self.Q, kernels.Bias, tokens.Q, stride);
        TokenHeadsProduct(positioned, layer.Self.K, 1, layout);
        TokenHeadsProduct(tokens.Queries, layer.Self.V, 2, layout);
        AttentionBlock attention = Workspace.Scratch[0].Attention;
        for (int i = 0; i < g.Heads; i++)
        {
            TokenAttention.Run(
                attention, head, tokens.Q + (i * head.HeadLanes), tokens.Attended + (i * head.HeadLanes), stride, tokens.Count,
                cancellationToken);
            head.Keys += head.KeyFloats;
            head.Values += head.ValueFloats;
        }

        Product(
            tokens.Attended, stride, layer.Self.Out, first ? kernels.Bias : kernels.BiasAdd, tokens.Queries, g.Stride);
        Normalise(layer.Norm1);
    }

    private void ProjectQueries(AttentionWeights attention) =>
        Product(Position(), g.Stride, attention.Q, kernels.Bias, Workspace.Tokens.Q, g.HeadsStride(g.CrossHeadDim));

    /// <summary>Adds what the prompt's tokens attended to in the image, and normalises.</summary>
    private void AddAttended(AttentionWeights attention, Norm norm)
    {
        TokenBuffers tokens = Workspace.Tokens;
        Product(
            tokens.Attended, g.HeadsStride(g.CrossHeadDim), attention.Out, kernels.BiasAdd, tokens.Queries, g.Stride);
        Normalise(norm);
    }

    /// <summary>The prompt's keys and values for the image tokens to attend to: keys with positions, values without.</summary>
    private AttentionHead TokenKeys(AttentionWeights attention)
    {
        TokenBuffers tokens = Workspace.Tokens;
        AttentionHead head = TokenHeads(tokens.CrossLayout, g.CrossHeadDim, out HeadLayout layout);
        TokenHeadsProduct(Position(), attention.K, 1, layout);
        TokenHeadsProduct(tokens.Queries, attention.V, 2, layout);
        return head;
    }

    private AttentionHead TokenHeads(HeadLayout?[] layouts, int headDim, out HeadLayout layout)
    {
        TokenBuffers tokens = Workspace.Tokens;
        AttentionHead head = new() { Groups = 1, Width = tokens.Count, HeadDim = headDim };
        layout = layouts[tokens.Count] ??= new HeadLayout(head, g.Heads, 1, tokens.Count);
        return head with { Keys = tokens.K, Values = tokens.V };
    }

    private float* Tile => Workspace.Scratch[0].Tile;

    private float* Position()
    {
        TokenBuffers tokens = Workspace.Tokens;
        kernels.AddRows(
            tokens.Queries, g.Stride, tokens.Initial, g.Stride, tokens.Positioned, g.Stride, tokens.Count, Lane.RoundUp(g.Width));
        return tokens.Positioned;
    }

    private void Normalise(Norm norm)
    {
        TokenBuffers tokens = Workspace.Tokens;
        norm.Apply(kernels, tokens.Queries, g.Stride, tokens.Queries, g.Stride, tokens.Count);
    }

    private void Product(float* a, nint lda, Linear layer, TileKernel kernel, float* result, nint ldr)
    {
        RowSink sink = new(kernel, layer.Bias.Pointer, result, ldr);
        MatrixProduct.Run(kernels, a, lda, Workspace.Tokens.Count, layer.Weight, Tile, sink);
    }

    private void TokenHeadsProduct(float* a, Linear layer, int part, HeadLayout layout)
    {
        TokenBuffers tokens = Workspace.Tokens;
        HeadSplitSink sink = new(kernels, layout, layer.Bias.Pointer, part, 0, null, 0, tokens.K, tokens.V);
        MatrixProduct.Run(kernels, a, g.Stride, tokens.Count, layer.Weight, Tile, sink);
    }

    private void Copy(float* source, float* destination) => CopyLanes(source, destination, Lane.RoundUp(g.Width));

    private static void CopyLanes(float* source, float* destination, int count) =>
        new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(destination, count));
}
