"""The ledger's tables, as numbered migrations. Append; never change one that was released."""

MIGRATIONS = (
    """
    CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sha256 TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL CHECK (state IN ('parsed', 'indexed')),
        format TEXT NOT NULL DEFAULT '',
        title TEXT NOT NULL DEFAULT '',
        metadata TEXT NOT NULL DEFAULT '{}'
    );
    CREATE INDEX documents_state ON documents (state);

    CREATE TABLE collections (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    );

    -- A path is the bytes the operating system uses, because it need not be text.
    CREATE TABLE paths (
        path BLOB PRIMARY KEY,
        collection_id INTEGER NOT NULL REFERENCES collections (id),
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        queued INTEGER NOT NULL,
        document_id INTEGER REFERENCES documents (id),
        reason TEXT NOT NULL DEFAULT '',
        detail TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID;
    CREATE INDEX paths_document ON paths (document_id);
    CREATE INDEX paths_queued ON paths (queued) WHERE queued;

    CREATE TABLE pages (
        document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        text TEXT NOT NULL,
        heading TEXT NOT NULL,
        width REAL NOT NULL,
        height REAL NOT NULL,
        PRIMARY KEY (document_id, number)
    );

    -- The text of a chunk is not kept here: it is what its spans cut out of the pages.
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        heading TEXT NOT NULL,
        sentences BLOB NOT NULL,
        text_sha256 TEXT NOT NULL,
        in_index INTEGER NOT NULL DEFAULT 0,
        UNIQUE (document_id, ordinal)
    );
    CREATE INDEX chunks_text ON chunks (text_sha256);
    CREATE INDEX chunks_waiting ON chunks (id) WHERE NOT in_index;

    CREATE TABLE spans (
        chunk_id INTEGER NOT NULL REFERENCES chunks (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        page INTEGER NOT NULL,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        boxes BLOB NOT NULL,
        PRIMARY KEY (chunk_id, ordinal)
    ) WITHOUT ROWID;

    CREATE VIRTUAL TABLE words USING fts5 (
        title, heading, body,
        content='', tokenize='porter unicode61 remove_diacritics 2'
    );

    -- Chunks that are gone from the ledger and may still be in the vector index.
    CREATE TABLE removed_chunks (chunk_id INTEGER PRIMARY KEY);

    CREATE TABLE recipes (
        id INTEGER PRIMARY KEY,
        model_sha256 TEXT NOT NULL,
        recipe TEXT NOT NULL,
        UNIQUE (model_sha256, recipe)
    );
    CREATE TABLE embeddings (
        recipe_id INTEGER NOT NULL REFERENCES recipes (id),
        text_sha256 TEXT NOT NULL,
        vector BLOB NOT NULL,
        UNIQUE (recipe_id, text_sha256)
    );
    """,
    """
    -- Signs of the vectors of the words of a text: app/models/word_vectors.py.
    CREATE TABLE word_signs (
        recipe_id INTEGER NOT NULL REFERENCES recipes (id),
        text_sha256 TEXT NOT NULL,
        signs BLOB NOT NULL,
        UNIQUE (recipe_id, text_sha256)
    );
    """,
    """
    CREATE TABLE conversations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        began TEXT NOT NULL,
        -- The name as it is searched: without capitals and accents.
        words TEXT NOT NULL
    );

    CREATE TABLE turns (
        id INTEGER PRIMARY KEY,
        conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        question TEXT NOT NULL,
        asked TEXT NOT NULL,
        -- JSON: app/library/conversations.py.
        content TEXT NOT NULL,
        -- Question and answers as they are searched.
        words TEXT NOT NULL
    );
    CREATE INDEX turns_conversation ON turns (conversation_id);

    -- The documents that answers were made from, in the library or not: to erase one for good is to erase it there too.
    CREATE TABLE turn_sources (
        turn_id INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
        document TEXT NOT NULL,
        path BLOB NOT NULL,
        PRIMARY KEY (turn_id, document, path)
    ) WITHOUT ROWID;
    """,
    """
    -- JSON: app/library/scale.py; empty = not measured yet.
    ALTER TABLE recipes ADD COLUMN scale TEXT NOT NULL DEFAULT '';
    """,
)
