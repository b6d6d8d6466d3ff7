/*
 * Everything a caller of samnative.h can do wrong, and what comes back: prints one line for each thing that is not as
 * the header says, and ends with their number. Then four threads ask the same picture, and flush-to-zero is set.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xmmintrin.h>

#include "samnative.h"

enum { WIDTH = 64, HEIGHT = 48, PIXELS = WIDTH * HEIGHT, THREADS = 4 };

static int wrong;
static uint8_t pixels[3 * PIXELS];
static uint8_t expected[3 * PIXELS];
static samnative_picture *shared;
static const samnative_point middle = { WIDTH / 2, HEIGHT / 2, SAMNATIVE_FOREGROUND, 0 };

static void expect(const char *what, int holds)
{
    if (!holds) {
        printf("%s\n", what);
        wrong++;
    }
}

static void refused(const char *what, samnative_status status, samnative_status reason)
{
    char sentence[256] = "";
    size_t length = samnative_last_error(sentence, sizeof sentence);
    expect(what, status == reason && length > 1 && strlen(sentence) > 0);
}

static void *ask(void *failures)
{
    uint8_t *masks = malloc(3 * PIXELS);
    float scores[3];
    for (int i = 0; i < 5; i++) {
        samnative_status status = samnative_predict(shared, &middle, 1, NULL, 1, masks, scores);
        *(int *)failures += status != SAMNATIVE_OK || memcmp(masks, expected, 3 * PIXELS) != 0;
    }
    free(masks);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    float scores[3];
    uint8_t one[PIXELS];
    char small[4], euro[64];
    samnative_model *model = NULL, *other = NULL;
    samnative_picture *picture = NULL;
    samnative_box box = { 10, 10, 50, 40 };
    samnative_point nowhere = { 0.0 / 0.0, 0, SAMNATIVE_FOREGROUND, 0 }, unlabelled = { 1, 1, 99, 0 };
    for (int i = 0; i < 3 * PIXELS; i++)
        pixels[i] = (uint8_t)(i * 31 % 251);

    expect("version", samnative_abi_version() == SAMNATIVE_ABI_VERSION);
    expect("no error yet", samnative_last_error(NULL, 0) == 0);
    refused("null path", samnative_load(NULL, 0, &model), SAMNATIVE_INVALID_ARGUMENT);
    refused("null model", samnative_load(argv[1], 0, NULL), SAMNATIVE_INVALID_ARGUMENT);
    refused("negative threads", samnative_load(argv[1], -1, &model), SAMNATIVE_INVALID_ARGUMENT);
    refused("too many threads", samnative_load(argv[1], 10000, &model), SAMNATIVE_INVALID_ARGUMENT);
    refused("least threads", samnative_load(argv[1], INT32_MIN, &model), SAMNATIVE_INVALID_ARGUMENT);
    refused("no file", samnative_load("there is no such file", 0, &model), SAMNATIVE_IO);
    expect("cut sentence", samnative_last_error(small, sizeof small) > sizeof small && strlen(small) == 3);
    expect("cut to nothing", samnative_last_error(small, 1) > 1 && small[0] == 0);
    expect("no room", samnative_last_error(small, 0) > 1 && samnative_last_error(NULL, SIZE_MAX) > 1);
    refused("not ASCII", samnative_load("\xE2\x82\xAC", 0, &model), SAMNATIVE_IO);
    for (size_t capacity = 1; capacity < sizeof euro && capacity <= samnative_last_error(NULL, 0); capacity++) {
        memset(euro, 'x', sizeof euro);
        samnative_last_error(euro, capacity);
        size_t length = strlen(euro);
        expect("cut behind a character", length < capacity && euro[capacity] == 'x'
               && (length == 0 || (euro[length - 1] & 0xC0) != 0xC0) && (capacity - 1 - length) < 3);
    }
    refused("a folder", samnative_load("/", 0, &model), SAMNATIVE_IO);
    refused("no weights", samnative_load(argv[0], 0, &model), SAMNATIVE_BAD_CHECKPOINT);

    expect("load", samnative_load(argv[1], 2, &model) == SAMNATIVE_OK && model != NULL);
    refused("null pixels", samnative_encode(model, NULL, WIDTH, HEIGHT, 3 * WIDTH, SAMNATIVE_RGB, &picture),
            SAMNATIVE_INVALID_ARGUMENT);
    refused("no width", samnative_encode(model, pixels, 0, HEIGHT, 3 * WIDTH, SAMNATIVE_RGB, &picture),
            SAMNATIVE_INVALID_ARGUMENT);
    refused("negative height", samnative_encode(model, pixels, WIDTH, -1, 3 * WIDTH, SAMNATIVE_RGB, &picture),
            SAMNATIVE_INVALID_ARGUMENT);
    refused("huge", samnative_encode(model, pixels, WIDTH, 0x7fffffff, 3 * WIDTH, SAMNATIVE_RGB, &picture),
            SAMNATIVE_INVALID_ARGUMENT);
    refused("short stride", samnative_encode(model, pixels, WIDTH, HEIGHT, WIDTH, SAMNATIVE_RGB, &picture),
            SAMNATIVE_INVALID_ARGUMENT);
    refused("format", samnative_encode(model, pixels, WIDTH, HEIGHT, 3 * WIDTH, 99, &picture),
            SAMNATIVE_INVALID_ARGUMENT);
    refused("no model", samnative_encode(NULL, pixels, WIDTH, HEIGHT, 3 * WIDTH, SAMNATIVE_RGB, &picture),
            SAMNATIVE_INVALID_HANDLE);

    expect("encode", samnative_encode(model, pixels, WIDTH, HEIGHT, 3 * WIDTH, SAMNATIVE_RGB, &picture) == SAMNATIVE_OK);
    refused("a picture is no model", samnative_free_model((samnative_model *)picture), SAMNATIVE_INVALID_HANDLE);
    refused("null masks", samnative_predict(picture, &middle, 1, NULL, 1, NULL, scores), SAMNATIVE_INVALID_ARGUMENT);
    refused("null points", samnative_predict(picture, NULL, 1, NULL, 1, expected, scores), SAMNATIVE_INVALID_ARGUMENT);
    refused("negative count", samnative_predict(picture, &middle, -1, NULL, 1, expected, scores),
            SAMNATIVE_INVALID_ARGUMENT);
    refused("too many points", samnative_predict(picture, &middle, 1001, NULL, 1, expected, scores),
            SAMNATIVE_INVALID_ARGUMENT);
    refused("countless", samnative_predict(picture, &middle, 0x7fffffff, NULL, 1, expected, scores),
            SAMNATIVE_INVALID_ARGUMENT);
    refused("nowhere", samnative_predict(picture, &nowhere, 1, NULL, 1, expected, scores), SAMNATIVE_INVALID_ARGUMENT);
    refused("no label", samnative_predict(picture, &unlabelled, 1, NULL, 1, expected, scores), SAMNATIVE_INVALID_ARGUMENT);
    expect("box", samnative_predict(picture, NULL, 0, &box, 0, one, scores) == SAMNATIVE_OK);
    expect("point", samnative_predict(picture, &middle, 1, NULL, 1, expected, scores) == SAMNATIVE_OK);

    pthread_t threads[THREADS];
    int failures[THREADS] = { 0 };
    shared = picture;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, ask, &failures[i]);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        expect("threads", failures[i] == 0);
    }

    unsigned control = _mm_getcsr();
    _mm_setcsr(control | 0x8040);
    refused("flush to zero, load", samnative_load(argv[1], 0, &other), SAMNATIVE_UNSUPPORTED);
    refused("flush to zero, predict", samnative_predict(picture, &middle, 1, NULL, 1, expected, scores),
            SAMNATIVE_UNSUPPORTED);
    _mm_setcsr(control);

    expect("free model", samnative_free_model(model) == SAMNATIVE_OK);
    refused("freed model", samnative_free_model(model), SAMNATIVE_INVALID_HANDLE);
    refused("picture of a freed model", samnative_predict(picture, &middle, 1, NULL, 1, expected, scores),
            SAMNATIVE_INVALID_HANDLE);
    expect("free picture", samnative_free_picture(picture) == SAMNATIVE_OK);
    refused("freed picture", samnative_predict(picture, &middle, 1, NULL, 1, expected, scores),
            SAMNATIVE_INVALID_HANDLE);
    expect("free nothing", samnative_free_picture(NULL) == SAMNATIVE_OK && samnative_free_model(NULL) == SAMNATIVE_OK);
    return wrong;
}
