package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(WithSandbox.class)
class ThreadsTest {
    @Test
    void shareAClient(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            List<Background> threads = new ArrayList<>();
            for (int number = 0; number < 32; number++) {
                String user = "user" + number;
                threads.add(
                        new Background(
                                () -> {
                                    for (int round = 0; round < 5; round++) {
                                        byte[] content = Samples.xml(user + " " + round);
                                        client.push(user, content);
                                        String url =
                                                sandbox.send(user, content)
                                                        .get("url")
                                                        .getAsString();
                                        assertArrayEquals(content, client.download(url));
                                        client.check();
                                    }
                                }));
            }
            for (Background thread : threads) {
                assertNull(thread.end());
            }
            for (int number = 0; number < 32; number++) {
                assertEquals(5, sandbox.pushed("user" + number).size());
            }
        }
    }
}
