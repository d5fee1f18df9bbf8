/* libcurl's multi interface from C, 16 transfers at a time, with cJSON for the portal's answers.
 *
 *     curl_multi receive COUNT | push COUNT SIZE | list COUNT TIMES
 */
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IN_FLIGHT = 16, BATCH = 50, IN_MEMORY = 1 << 20 };

static const char *base, *area;
static struct curl_slist *portal_headers, *upload_headers;
static CURLM *multi;

typedef struct {
    char *data;
    size_t len, room;
    FILE *file; /* a big content goes here */
    curl_off_t size;
} body;

typedef struct {
    const char *id, *receipt_handle, *url;
    curl_off_t size;
} packet;

/* What a slot's transfer is for. */
typedef enum { IDLE, LINK, DOWNLOAD, PUSH, UPLOAD, DONE } step;

typedef struct {
    CURL *curl;
    step step;
    const packet *packet;
    body body;
    char *sent; /* a done request's body */
} slot;

static slot slots[IN_FLIGHT];

/* All that is to do, and what has been done. */
static packet *packets;
static size_t count, next, finished, marking;
static const packet **downloaded;
static size_t downloaded_len;
static curl_off_t total;
static char *content;
static size_t content_size;

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "curl_multi: %s: %s\n", what, why);
    exit(1);
}

static void *room_for(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (memory == NULL)
        fail("memory", "there is no more");
    return memory;
}

static const char *setting(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL)
        fail(name, "is not set");
    return value;
}

static size_t take(char *data, size_t size, size_t n, void *user_data)
{
    slot *slot = user_data;
    body *body = &slot->body;
    size_t len = size * n;
    if (body->size == 0) {
        curl_off_t length = -1;
        curl_easy_getinfo(slot->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
        if (slot->step == DOWNLOAD && length > IN_MEMORY) {
            body->file = tmpfile();
            if (body->file == NULL)
                fail("tmpfile", "cannot be opened");
        } else if (length > 0 && (size_t)length + 1 > body->room) {
            body->room = (size_t)length + 1;
            body->data = room_for(body->data, body->room);
        }
    }
    body->size += len;
    if (body->file != NULL)
        return fwrite(data, 1, len, body->file);
    if (body->len + len + 1 > body->room) {
        body->room = 2 * (body->len + len + 1);
        body->data = room_for(body->data, body->room);
    }
    memcpy(body->data + body->len, data, len);
    body->len += len;
    body->data[body->len] = '\0';
    return len;
}

/* Prepares a slot's next request; the caller sets its method, headers and body. */
static CURL *request(slot *slot, step step, const char *url)
{
    slot->step = step;
    slot->body.len = 0;
    slot->body.size = 0;
    curl_easy_reset(slot->curl);
    curl_easy_setopt(slot->curl, CURLOPT_URL, url);
    curl_easy_setopt(slot->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(slot->curl, CURLOPT_WRITEDATA, slot);
    curl_easy_setopt(slot->curl, CURLOPT_PRIVATE, slot);
    curl_easy_setopt(slot->curl, CURLOPT_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(slot->curl, CURLOPT_NOSIGNAL, 1L);
    return slot->curl;
}

static void start(slot *slot)
{
    if (curl_multi_add_handle(multi, slot->curl) != CURLM_OK)
        fail("curl_multi_add_handle", "refused");
}

static void start_on_portal(slot *slot, step step, const char *path)
{
    char url[4096];
    snprintf(url, sizeof url, "%s/erp/%s", base, path);
    curl_easy_setopt(request(slot, step, url), CURLOPT_HTTPHEADER, portal_headers);
    start(slot);
}

static void start_done(slot *slot)
{
    char url[4096];
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < downloaded_len; i++) {
        cJSON *receipt = cJSON_CreateObject();
        cJSON_AddStringToObject(receipt, "id", downloaded[i]->id);
        cJSON_AddStringToObject(receipt, "receiptHandle", downloaded[i]->receipt_handle);
        cJSON_AddItemToArray(list, receipt);
    }
    marking += downloaded_len;
    downloaded_len = 0;
    free(slot->sent);
    slot->sent = cJSON_PrintUnformatted(list);
    cJSON_Delete(list);
    snprintf(url, sizeof url, "%s/erp/pull/%s/done?format=json", base, area);
    CURL *curl = request(slot, DONE, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, portal_headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, slot->sent);
    start(slot);
}

/* Gives a slot that has nothing to do the next packet. */
static void start_next(slot *slot)
{
    char path[4096];
    slot->step = IDLE;
    if (packets != NULL && (downloaded_len == BATCH || (downloaded_len > 0 && marking + downloaded_len == count))) {
        start_done(slot);
        return;
    }
    if (next == count)
        return;
    if (packets != NULL) {
        slot->packet = &packets[next++];
        char *escaped = curl_easy_escape(slot->curl, slot->packet->url, 0);
        snprintf(path, sizeof path, "pull/%s/link?path=%s", area, escaped);
        curl_free(escaped);
        start_on_portal(slot, LINK, path);
    } else {
        snprintf(path, sizeof path, "push/%s/user%zu?packetUniqueId=curl-%ld-%zu&size=%zu&packetType=xml", area, next, (long)getpid(),
            next, content_size);
        next++;
        start_on_portal(slot, PUSH, path);
    }
}

static cJSON *parsed(const slot *slot)
{
    cJSON *answer = cJSON_ParseWithLength(slot->body.data, slot->body.len);
    if (answer == NULL)
        fail("an answer of the portal", "it is not JSON");
    return answer;
}

static void check_success(const cJSON *answer)
{
    if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "success")))
        fail("an answer of the portal", "no success");
}

static const char *text(const cJSON *object, const char *name)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    if (value == NULL)
        fail(name, "is missing in an answer of the portal");
    return value;
}

/* What follows a transfer that succeeded. */
static void go_on(slot *slot)
{
    switch (slot->step) {
    case LINK:
        request(slot, DOWNLOAD, slot->body.data);
        start(slot);
        break;
    case DOWNLOAD:
        if (slot->body.file != NULL) {
            if (fclose(slot->body.file) != 0)
                fail("a download", "its file cannot be written");
            slot->body.file = NULL;
        }
        if (slot->body.size != slot->packet->size)
            fail("a download", "it has another size than the list says");
        total += slot->body.size;
        downloaded[downloaded_len++] = slot->packet;
        finished++;
        start_next(slot);
        break;
    case PUSH: {
        cJSON *answer = parsed(slot);
        check_success(answer);
        CURL *curl = request(slot, UPLOAD, text(answer, "uploadPath"));
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, upload_headers);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)content_size);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, content);
        cJSON_Delete(answer);
        start(slot);
        break;
    }
    case UPLOAD:
        total += content_size;
        finished++;
        start_next(slot);
        break;
    case DONE: {
        cJSON *answer = parsed(slot);
        check_success(answer);
        cJSON_Delete(answer);
        start_next(slot);
        break;
    }
    case IDLE:
        break;
    }
}

static void check(CURL *curl, CURLcode result)
{
    long status = 0;
    if (result != CURLE_OK)
        fail("a request", curl_easy_strerror(result));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        fail("a request", "its status is not 200");
}

static void run(void)
{
    for (size_t i = 0; i < IN_FLIGHT; i++)
        start_next(&slots[i]);
    for (;;) {
        int running = 0, left = 0, ended = 0;
        CURLMsg *message;
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            fail("curl_multi_perform", "failed");
        while ((message = curl_multi_info_read(multi, &left)) != NULL) {
            slot *slot;
            CURL *curl = message->easy_handle;
            CURLcode result = message->data.result;
            curl_easy_getinfo(curl, CURLINFO_PRIVATE, (char **)&slot);
            check(curl, result);
            curl_multi_remove_handle(multi, curl);
            go_on(slot);
            ended++;
        }
        if (ended == 0 && running == 0)
            return;
        if (ended == 0)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
}

/* The packets' strings belong to the list that is returned. */
static cJSON *pull(void)
{
    char url[4096];
    slot *slot = &slots[0];
    snprintf(url, sizeof url, "%s/erp/pull/%s?packetType=packet&format=json", base, area);
    CURL *curl = request(slot, IDLE, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, portal_headers);
    start(slot);
    run();
    cJSON *list = parsed(slot);
    size_t i = 0;
    cJSON *entry;
    count = next = (size_t)cJSON_GetArraySize(list);
    packets = room_for(packets, (count + 1) * sizeof *packets);
    cJSON_ArrayForEach(entry, list)
    {
        packets[i].id = text(entry, "id");
        packets[i].receipt_handle = text(entry, "receiptHandle");
        packets[i].url = text(entry, "url");
        packets[i++].size = (curl_off_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(entry, "size"));
    }
    return list;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        fail("usage", "curl_multi receive COUNT | push COUNT SIZE | list COUNT TIMES");
    size_t expected = strtoul(argv[2], NULL, 10);
    size_t more = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
    char key[512];
    base = setting("DMERP_BASE_URL");
    area = setting("DMERP_APP_AREA");
    snprintf(key, sizeof key, "x-api-key: %s", setting("DMERP_API_KEY"));
    curl_global_init(CURL_GLOBAL_DEFAULT);
    portal_headers = curl_slist_append(curl_slist_append(NULL, key), "Content-Type: application/json");
    upload_headers = curl_slist_append(curl_slist_append(NULL, "Content-Type: application/xml"), "Expect:");
    multi = curl_multi_init();
    /* libcurl closes what it need not keep, by default beyond four connections a transfer. */
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 4L * IN_FLIGHT);
    for (size_t i = 0; i < IN_FLIGHT; i++)
        slots[i].curl = curl_easy_init();

    if (strcmp(argv[1], "receive") == 0) {
        cJSON *list = pull();
        downloaded = room_for(NULL, BATCH * sizeof *downloaded);
        next = 0;
        run();
        cJSON_Delete(list);
        if (marking != finished)
            fail("done", "not all packets are marked");
    } else if (strcmp(argv[1], "push") == 0) {
        count = expected;
        content_size = more;
        content = room_for(NULL, content_size + 1);
        memset(content, 'x', content_size);
        run();
    } else {
        for (size_t i = 0; i < more; i++) {
            cJSON_Delete(pull());
            finished += count;
        }
        expected *= more;
    }
    if (finished != expected)
        fail(argv[1], "not all packets were handled");
    printf("{\"packets\": %zu, \"bytes\": %lld}\n", finished, (long long)total);
    for (size_t i = 0; i < IN_FLIGHT; i++)
        curl_easy_cleanup(slots[i].curl);
    curl_multi_cleanup(multi);
    return 0;
}
