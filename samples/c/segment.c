/*
 * Segments the thing at a point of a picture, through the shared library:
 *
 *     cc segment.c -I. -L. -lsamnative -Wl,-rpath,'$ORIGIN' -o segment      (samnative.h and libsamnative.so are here)
 *     ./segment vit_b.safetensors picture.ppm 830 105 mask.pgm
 *
 * The picture is a binary PPM file, the simplest there is; so is the mask.
 */
#include <stdio.h>
#include <stdlib.h>

#include "samnative.h"

static int fail(const char *what)
{
    char sentence[512] = "";
    samnative_last_error(sentence, sizeof sentence);
    fprintf(stderr, "%s: %s\n", what, sentence);
    return 1;
}

static uint8_t *read_ppm(const char *path, int *width, int *height)
{
    uint8_t *pixels = NULL;
    FILE *file = fopen(path, "rb");
    if (file != NULL && fscanf(file, "P6 %d %d 255", width, height) == 2 && fgetc(file) != EOF
        && *width > 0 && *height > 0) {
        size_t bytes = (size_t)*width * (size_t)*height * 3;
        pixels = malloc(bytes);
        if (pixels != NULL && fread(pixels, 1, bytes, file) != bytes) {
            free(pixels);
            pixels = NULL;
        }
    }
    if (file != NULL)
        fclose(file);
    return pixels;
}

static int write_pgm(const char *path, const uint8_t *mask, int width, int height)
{
    size_t bytes = (size_t)width * (size_t)height;
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return 0;
    fprintf(file, "P5\n%d %d\n255\n", width, height);
    size_t written = fwrite(mask, 1, bytes, file);
    return fclose(file) == 0 && written == bytes;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: segment MODEL PICTURE.ppm X Y MASK.pgm\n");
        return 2;
    }
    if (samnative_abi_version() < SAMNATIVE_ABI_VERSION) {
        fprintf(stderr, "libsamnative is older than this program\n");
        return 1;
    }

    int width, height, status = 1;
    uint8_t *pixels = read_ppm(argv[2], &width, &height);
    if (pixels == NULL) {
        fprintf(stderr, "%s is no binary PPM file\n", argv[2]);
        return 1;
    }

    size_t size = (size_t)width * (size_t)height;
    uint8_t *masks = malloc(3 * size);
    float scores[3];
    samnative_point click = { atof(argv[3]), atof(argv[4]), SAMNATIVE_FOREGROUND, 0 };
    samnative_model *model = NULL;
    samnative_picture *picture = NULL;
    if (masks == NULL)
        fprintf(stderr, "out of memory\n");
    else if (samnative_load(argv[1], 0, &model) != SAMNATIVE_OK)
        fail("load");
    else if (samnative_encode(model, pixels, width, height, 3 * width, SAMNATIVE_RGB, &picture) != SAMNATIVE_OK)
        fail("encode");
    else if (samnative_predict(picture, &click, 1, NULL, 1, masks, scores) != SAMNATIVE_OK)
        fail("predict");
    else {
        int best = scores[1] > scores[0] ? 1 : 0;
        best = scores[2] > scores[best] ? 2 : best;
        if (write_pgm(argv[5], masks + (size_t)best * size, width, height)) {
            printf("score %.3f\n", scores[best]);
            status = 0;
        } else
            perror(argv[5]);
    }

    samnative_free_picture(picture);
    samnative_free_model(model);
    free(masks);
    free(pixels);
    return status;
}
