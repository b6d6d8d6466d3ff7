/*
 * samnative.h - Segment Anything on a plain CPU, for C and whatever can call C.
 *
 * A model is loaded once, a picture is encoded once, and then answers prompts as often as you like:
 *
 *     samnative_model *model;
 *     samnative_picture *picture;
 *     if (samnative_load("vit_b.safetensors", 0, &model) != SAMNATIVE_OK) ...
 *     samnative_encode(model, pixels, width, height, 3 * width, SAMNATIVE_RGB, &picture);
 *     samnative_point click = { 830, 105, SAMNATIVE_FOREGROUND };
 *     samnative_predict(picture, &click, 1, NULL, 1, mask, &score);
 *     samnative_free_picture(picture);
 *     samnative_free_model(model);
 *
 * Every function may be called from any thread at any time. Calls with different pictures run side by side; calls with
 * the same picture, and encodes that share a model's threads, wait for or work around each other. A handle that was
 * freed, or never was one, is refused, not followed. What goes wrong comes back as a status, with a sentence in
 * samnative_last_error; nothing is thrown, printed, or ended. The calling thread must do IEEE arithmetic: with
 * flush-to-zero set (-ffast-math, audio libraries) calls return SAMNATIVE_UNSUPPORTED.
 *
 * The same weights, pixels and prompts give the same bytes on every machine, for any number of threads.
 */
#ifndef SAMNATIVE_H
#define SAMNATIVE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grows when something is added; when something is changed, the library gets another name. */
#define SAMNATIVE_ABI_VERSION 1

typedef struct samnative_model samnative_model;
typedef struct samnative_picture samnative_picture;

typedef int32_t samnative_status;
enum {
    SAMNATIVE_OK = 0,
    SAMNATIVE_INVALID_ARGUMENT = 1, /* a null, a size, a prompt that does not fit */
    SAMNATIVE_INVALID_HANDLE = 2,   /* a handle that is none, or was freed; a picture whose model was freed */
    SAMNATIVE_IO = 3,               /* a file that is not there, is a folder, or cannot be read */
    SAMNATIVE_ACCESS_DENIED = 4,    /* a file that this user may not read */
    SAMNATIVE_BAD_SAFETENSORS = 5,  /* a safetensors file that is damaged */
    SAMNATIVE_BAD_PYTORCH = 6,      /* a file of PyTorch that is damaged, or holds what we do not read */
    SAMNATIVE_BAD_CHECKPOINT = 7,   /* a file that is whole, but no model that we know */
    SAMNATIVE_UNSUPPORTED = 8,      /* not on this machine, or not with this thread's floating-point state */
    SAMNATIVE_OUT_OF_MEMORY = 9,
    SAMNATIVE_IN_USE = 10,          /* something that serves one caller at a time, and serves another one */
    SAMNATIVE_NOT_FINITE = 11,      /* the model computed NaN or an infinity: its weights are damaged */
    SAMNATIVE_INTERNAL = 12         /* a mistake of ours: please report the sentence */
};

typedef int32_t samnative_format;
enum { SAMNATIVE_RGB = 0, SAMNATIVE_BGR = 1, SAMNATIVE_RGBA = 2, SAMNATIVE_BGRA = 3, SAMNATIVE_GRAY = 4 };

/* A point of a prompt, in pixels of the picture from its top left corner. */
typedef struct {
    double x, y;
    int32_t label; /* SAMNATIVE_FOREGROUND: on the thing that is meant; SAMNATIVE_BACKGROUND: not on it */
    int32_t reserved;
} samnative_point;
enum { SAMNATIVE_BACKGROUND = 0, SAMNATIVE_FOREGROUND = 1 };

/* A box around the thing that is meant. */
typedef struct {
    double x0, y0, x1, y1;
} samnative_box;

/* SAMNATIVE_ABI_VERSION of the library; compare it with that of the header. */
int32_t samnative_abi_version(void);

/* The best instruction set that the library can use here: 0 for none (the same bytes, slowly), 1 AVX2,
   2 AVX-512, 3 AdvSimd of Arm64. */
int32_t samnative_isa(void);

/* Loads weights: safetensors or a file of PyTorch. threads: 0 for one per core, otherwise 1
   to 64, or to the number of logical processors where these are more. */
samnative_status samnative_load(const char *path_utf8, int32_t threads, samnative_model **model);

/*
 * Encodes a picture: height rows of width pixels, stride bytes from one row to the next. The pixels are read during
 * the call only. The picture answers prompts until its model is freed; free it as well.
 */
samnative_status samnative_encode(
    samnative_model *model, const uint8_t *pixels, int32_t width, int32_t height, int32_t stride,
    samnative_format format, samnative_picture **picture);

/*
 * Answers a prompt of points, a box or both. With multimask three masks, for prompts that may mean several things,
 * otherwise one: masks takes 1 or 3 times height * width bytes, row by row, 255 in and 0 out; scores takes as many
 * floats, the model's own estimate of each mask's IoU. points may be NULL where point_count is 0, box may be NULL.
 * There are 1,000 points at most.
 */
samnative_status samnative_predict(
    samnative_picture *picture, const samnative_point *points, int32_t point_count, const samnative_box *box,
    int32_t multimask, uint8_t *masks, float *scores);

/* Frees a handle; NULL is fine. A call that is still running with it ends well, or with SAMNATIVE_INVALID_HANDLE. */
samnative_status samnative_free_model(samnative_model *model);
samnative_status samnative_free_picture(samnative_picture *picture);

/*
 * Copies the sentence of this thread's last call that failed, UTF-8 and ended by 0; where capacity bytes are too few it is
 * cut behind a whole character. Returns the bytes that the whole takes with its 0; 0 where no call has failed. buffer may
 * be NULL, and capacity 0: then nothing is copied.
 */
size_t samnative_last_error(char *buffer, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
