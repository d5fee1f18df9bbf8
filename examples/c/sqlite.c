/*
 * A packet from a database: writes what a query gives as the records of a table, and prints the packet. The database is SQLite here;
 * another one differs only in value_of() and in how a query is run.
 *
 *     cc -std=c99 -o sqlite sqlite.c $(pkg-config --cflags --libs dmerp sqlite3)
 *     ./sqlite > items.xml
 *
 * Exit code: 0 when the packet was printed, else 1.
 */
#include <dmerp.h>
#include <sqlite3.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MAX_COLUMNS = 100 };

/* SQLite takes any name for a type: these say what the integers in a column mean. */
static const char DATABASE[] =
    "CREATE TABLE items (code TEXT PRIMARY KEY, description TEXT, unitprice CENTS, weight REAL, blocked BOOLEAN,"
    "                    changed UNIX_TIME, since DATE, picture BLOB);"
    "INSERT INTO items VALUES ('I00001', 'Sunflower oil, 1 l', 349, 0.92, FALSE, 1795513339, '2024-02-29', x'89504e470d0a1a0a'),"
    "                         ('I00002', 'Crisps <salt & pepper>', 90, 0.1, TRUE, 1795513339, '2025-01-01', NULL),"
    "                         ('I00003', '', NULL, NULL, FALSE, NULL, NULL, NULL);";
static const char QUERY[] =
    "SELECT code AS CODE, description AS DESCRIPTION, unitprice AS UNITPRICE, weight AS WEIGHT, blocked AS BLOCKED,"
    "       changed AS CHANGED, since AS SINCE, picture AS PICTURE FROM items ORDER BY code";

/* True when the call succeeded; else tells the error. Frees it. */
static bool succeeded(dmerp_status status, dmerp_error **error)
{
    if (status != DMERP_OK)
        fprintf(stderr, "failed: %s\n", dmerp_error_message(*error));
    dmerp_error_free(*error);
    *error = NULL;
    return status == DMERP_OK;
}

/* Tells the last failure of the database; returns false. */
static bool database_failed(sqlite3 *database)
{
    fprintf(stderr, "failed: the database says: %s\n", sqlite3_errmsg(database));
    return false;
}

/* The value in a column of the query's row. Its text and bytes are SQLite's, until the next row. */
static dmerp_value value_of(sqlite3_stmt *query, int column)
{
    dmerp_value value = {.kind = DMERP_VALUE_NULL};
    const char *type = sqlite3_column_decltype(query, column);
    if (type == NULL)
        type = ""; /* it is computed, and in no table */
    switch (sqlite3_column_type(query, column)) {
    case SQLITE_INTEGER:
        value.kind = DMERP_VALUE_INTEGER;
        value.integer = sqlite3_column_int64(query, column);
        if (strcmp(type, "BOOLEAN") == 0) {
            value.kind = DMERP_VALUE_BOOL;
        } else if (strcmp(type, "CENTS") == 0) {
            value.kind = DMERP_VALUE_DECIMAL;
            value.scale = 2;
        } else if (strcmp(type, "UNIX_TIME") == 0) {
            value.kind = DMERP_VALUE_INSTANT;
            value.integer *= 1000; /* milliseconds */
        }
        break;
    case SQLITE_FLOAT:
        value.kind = DMERP_VALUE_REAL;
        value.real = sqlite3_column_double(query, column);
        break;
    case SQLITE_TEXT: /* a date is a text in the form that packets have, too */
        value.kind = DMERP_VALUE_TEXT;
        value.text = (const char *)sqlite3_column_text(query, column);
        value.len = (size_t)sqlite3_column_bytes(query, column);
        break;
    case SQLITE_BLOB:
        value.kind = DMERP_VALUE_BYTES;
        value.text = sqlite3_column_blob(query, column);
        value.len = (size_t)sqlite3_column_bytes(query, column);
        break;
    default: /* a null is left out */
        break;
    }
    return value;
}

/* Writes each row of the query as a record of the open table. */
static bool put_rows(sqlite3_stmt *query, dmerp_packet_writer *writer)
{
    dmerp_field fields[MAX_COLUMNS] = {{0}};
    dmerp_error *error = NULL;
    int columns = sqlite3_column_count(query), outcome;
    if (columns > MAX_COLUMNS) {
        fprintf(stderr, "failed: the query has %d columns; this program takes %d: raise MAX_COLUMNS\n", columns, MAX_COLUMNS);
        return false;
    }
    while ((outcome = sqlite3_step(query)) == SQLITE_ROW) {
        for (int i = 0; i < columns; i++) {
            fields[i].name = sqlite3_column_name(query, i);
            fields[i].value = value_of(query, i);
        }
        if (!succeeded(dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, fields, (size_t)columns, NULL, 0, &error), &error))
            return false;
    }
    return outcome == SQLITE_DONE || database_failed(sqlite3_db_handle(query));
}

static bool print(const dmerp_buffer *packet)
{
    if (fwrite(packet->data, 1, packet->len, stdout) == packet->len && fflush(stdout) == 0)
        return true;
    perror("failed: the packet could not be printed");
    return false;
}

int main(void)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *query = NULL;
    dmerp_packet_writer *writer = NULL;
    dmerp_error *error = NULL;
    dmerp_buffer packet = {0};
    bool ready = sqlite3_open(":memory:", &database) == SQLITE_OK && sqlite3_exec(database, DATABASE, NULL, NULL, NULL) == SQLITE_OK &&
                 sqlite3_prepare_v2(database, QUERY, -1, &query, NULL) == SQLITE_OK;
    bool good = (ready || database_failed(database)) &&
                succeeded(dmerp_packet_writer_new("SOFIA01", &writer, &error), &error) &&
                succeeded(dmerp_packet_writer_table(writer, "ITEMS", "CODE", &error), &error) && put_rows(query, writer) &&
                succeeded(dmerp_packet_writer_content(writer, &packet, &error), &error) && print(&packet);
    dmerp_buffer_free(&packet);
    dmerp_packet_writer_free(writer);
    sqlite3_finalize(query);
    sqlite3_close(database);
    return good ? 0 : 1;
}
