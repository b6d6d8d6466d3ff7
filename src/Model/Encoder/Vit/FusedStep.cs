namespace SamNative;

/// <summary>A step of the plan as the kernels run it: in pieces that any worker may take.</summary>
internal abstract class FusedStep(EncoderStep step)
{
    public EncoderStep Step { get; } = step;

    /// <summary>Into how many pieces the step falls.</summary>
    public abstract int Pieces(EncoderWorkspace workspace);

    /// <summary>Does one piece.</summary>
    public abstract void Run(EncoderWorkspace workspace, int piece, int worker);
}
