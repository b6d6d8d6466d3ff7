using SamNative.Kernels;

namespace SamNative;

/// <summary>Takes an embedding [Width, Rows, Columns] in: channels last, with no_mask_embed added and without.</summary>
internal sealed unsafe class PictureJob(DecoderWorkspace workspace, PromptWeights weights) : DecoderJob(workspace)
{
    /// <summary>[Width, Rows, Columns].</summary>
    public float* Embedding { get; set; }

    public override void Run(int index, int worker)
    {
        (int first, int rows) = Block(index);
        nint stride = Geometry.Stride;
        float* image = Workspace.Picture.Image + (first * stride);
        for (int c = 0; c < Geometry.Width; c++)
        {
            float* source = Embedding + ((nint)c * Geometry.ImageTokens) + first;
            for (int r = 0; r < rows; r++)
            {
                image[(r * stride) + c] = source[r];
            }
        }

        Kernels.AddRows(
            image, stride, weights.NoMask.Pointer, 0, Workspace.Picture.Source + (first * stride), stride, rows,
            Lane.RoundUp(Geometry.Width));
    }
}
