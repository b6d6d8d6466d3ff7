global using unsafe AboveKernel = delegate*<
    float* /* values */, float /* threshold */, ulong* /* bits */, nint /* count */, void>;
global using unsafe AddRowsKernel = delegate*<
    float* /* left */, nint /* ldl */, float* /* right */, nint /* ldr */, float* /* destination */, nint /* ldd */,
    nint /* rows */, nint /* lanes */, void>;
global using unsafe AlongRowKernel = delegate*<
    float* /* source */, int* /* near or starts */, int* /* far or offsets */, float* /* nearWeights */, float* /* farWeights */,
    float* /* destination */, nint /* lanes */, void>;
global using unsafe BetweenRowsKernel = delegate*<
    float* /* near */, float* /* far */, float /* nearWeight */, float /* farWeight */, float* /* destination */,
    nint /* lanes */, void>;
global using unsafe BytesAlongRowKernel = delegate*<
    byte* /* source */, int* /* starts */, int* /* counts */, int* /* weights */, nint /* taps */,
    byte* /* destination */, nint /* width */, void>;
global using unsafe BytesBetweenRowsKernel = delegate*<
    byte* /* source */, nint /* stride */, int* /* weights */, nint /* count */, byte* /* destination */,
    nint /* bytes */, void>;
global using unsafe ColumnSoftmaxKernel = delegate*<
    float* /* values */, nint /* ldv */, nint /* groups */, nint /* count */, nint /* columns */, void>;
global using unsafe GemmKernel = delegate*<
    float* /* a */, nint /* lda */, float* /* b */, nint /* ldb */, nint /* k */,
    float* /* init */, nint /* ldi */, float* /* c */, nint /* ldc */, float* /* ahead */, nint /* pace */, void>;
global using unsafe GemmLogitsKernel = delegate*<
    float* /* a */, nint /* lda */, float* /* b */, nint /* ldb */, nint /* k */, float* /* init */, nint /* ldi */,
    float* /* bias */, nint /* ldBias */, nint /* step */, float* /* largest */, float* /* c */, nint /* ldc */,
    float* /* ahead */, nint /* pace */, void>;
global using unsafe GemmSumKernel = delegate*<
    float* /* a */, nint /* lda */, float* /* x */, float* /* y */, float* /* sum */, nint /* ldb */, nint /* k */,
    float* /* init */, nint /* ldi */, float* /* c */, nint /* ldc */, float* /* ahead */, nint /* pace */, void>;
global using unsafe LayerNormKernel = delegate*<
    float* /* source */, nint /* lds */, float* /* gamma */, float* /* beta */, float /* epsilon */,
    float* /* destination */, nint /* ldd */, nint /* rows */, nint /* count */, void>;
global using unsafe LogitBiasKernel = delegate*<
    float* /* logits */, nint /* ldl */, float* /* bias */, nint /* ldb */, nint /* step */, float* /* largest */,
    nint /* rows */, nint /* lanes */, void>;
global using unsafe ReciprocalSumsKernel = delegate*<
    float* /* sums */, nint /* rows */, float* /* factors */, void>;
global using unsafe ScaleRowsKernel = delegate*<
    float* /* source */, nint /* lds */, float* /* factors */, float* /* destination */, nint /* ldd */,
    nint /* rows */, nint /* lanes */, void>;
global using unsafe SoftmaxTileKernel = delegate*<
    float* /* logits */, nint /* ldl */, float* /* largest */, nint /* rows */, nint /* groups */, nint /* width */,
    nint /* lanes */, float* /* shift */, float* /* sums */, float* /* scale */, void>;
global using unsafe StrassenFirstKernel = delegate*<
    float* /* p0 */, float* /* p1 */, float* /* p2 */, float* /* c11 */, nint /* count */, void>;
global using unsafe StrassenLeftKernel = delegate*<
    float* /* source */, nint /* lds */, nint /* quarterRows */, nint /* depth */, float* /* destination */,
    nint /* ldd */, nint /* blockFloats */, nint /* rows */, void>;
global using unsafe StrassenRestKernel = delegate*<
    float* /* p0 */, float* /* p4 */, float* /* p5 */, float* /* c12 */, float* /* c21 */, float* /* c22 */,
    nint /* count */, void>;
global using unsafe TileKernel = delegate*<
    float* /* tile */, nint /* ldt */, float* /* bias */, float* /* destination */, nint /* ldd */,
    nint /* rows */, nint /* lanes */, void>;
global using unsafe TransposeKernel = delegate*<
    float* /* source */, nint /* lds */, float* /* destination */, nint /* ldd */, nint /* rows */, nint /* columns */,
    void>;
