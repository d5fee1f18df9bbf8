package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(WithSandbox.class)
class ReceiveTest {
    private static final String HANG = "{'on':'portal','times':0,'action':'hang'}";

    /** Sends packets with the contents 0, 1 and so on; answers their ids. */
    private static List<String> send(Sandbox sandbox, int count) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(sandbox.send("anna", Samples.xml("" + i)).get("id").getAsString());
        }
        return ids;
    }

    private static List<String> handleAll(Receiver receiver) {
        List<String> ids = new ArrayList<>();
        for (Received packet : receiver) {
            ids.add(packet.getId());
            packet.done();
        }
        return ids;
    }

    private static List<String> left(Receiver receiver, LeftWhy why) {
        return receiver.summary().getLeft().stream()
                .filter(left -> left.getWhy() == why)
                .map(left -> left.getId().get())
                .collect(Collectors.toList());
    }

    @Test
    void emptiesAQueueInItsOrder(Sandbox sandbox) throws Exception {
        List<String> sent = send(sandbox, 100);
        try (Client client = sandbox.client()) {
            List<String> received = new ArrayList<>();
            try (Receiver receiver = client.receive()) {
                for (Received packet : receiver) {
                    assertArrayEquals(Samples.xml("" + received.size()), packet.content());
                    received.add(packet.getId());
                    packet.done();
                }
                Summary summary = receiver.summary();
                assertTrue(summary.getLists() >= 1);
                assertEquals(100, summary.getListed());
                assertEquals(100, summary.getHandedOver());
                assertEquals(100 * 9 - 10, summary.getBytes());
                assertEquals(100, summary.getDone());
                assertEquals(100, summary.getMarked());
                assertEquals(0, summary.getRepeated());
                assertEquals(0, summary.getDeadLettered());
                assertEquals(0, summary.getLeftCount());
                assertEquals(List.of(), summary.getLeft());
                assertEquals(Optional.empty(), summary.getHidden());
                assertTrue(summary.toString().contains("marked=100"), summary.toString());
            }
            assertEquals(sent, received);
        }
        assertEquals(0, sandbox.waiting().size());
    }

    @Test
    void handsOverAPacketWithItsContent(Sandbox sandbox) throws Exception {
        for (PacketKind kind : PacketKind.values()) {
            String queue = kind == PacketKind.FILE ? "&queue=file" : "";
            JsonObject sent = sandbox.send(Samples.NAME, Samples.binary(1000), queue);
            try (Client client = sandbox.client();
                    Receiver receiver = client.receive(kind, Format.XML)) {
                Received packet = receiver.next();
                assertEquals(sent.get("id").getAsString(), packet.getId());
                assertEquals(Optional.of(Samples.NAME), packet.getMobileUser());
                assertEquals(OptionalLong.of(1000), packet.getSize());
                assertArrayEquals(Samples.binary(1000), packet.content());
                assertEquals(Optional.empty(), packet.path());
                try (InputStream stream = packet.openStream()) {
                    assertArrayEquals(Samples.binary(1000), stream.readAllBytes());
                }
                packet.done();
                assertNull(receiver.next());
            }
        }
        assertEquals(0, sandbox.waiting().size());
    }

    @Test
    void tellsTheSizeThatThePortalDoesNot(Sandbox sandbox) throws Exception {
        sandbox.dialects("{'omit_optional':true}");
        sandbox.send("anna", Samples.binary(77));
        try (Client client = sandbox.client();
                Receiver receiver = client.receive()) {
            Received packet = receiver.next();
            assertEquals(OptionalLong.of(77), packet.getSize());
            assertEquals(Optional.empty(), packet.getMobileUser());
            packet.done();
        }
    }

    @Test
    void leavesWhatIsNotDone(Sandbox sandbox) throws Exception {
        List<String> sent = send(sandbox, 4);
        try (Client client = sandbox.client()) {
            try (Receiver receiver = client.receive()) {
                receiver.next().done();
                receiver.next().keep("the database\nis locked");
                Received forgotten = receiver.next();
                Summary summary = receiver.summary();
                assertEquals(3, summary.getLeftCount());
                assertEquals(List.of(sent.get(1)), left(receiver, LeftWhy.KEPT));
                assertEquals(List.of(sent.get(2)), left(receiver, LeftWhy.UNSETTLED));
                assertEquals(List.of(sent.get(3)), left(receiver, LeftWhy.NOT_HANDED_OVER));
                Left kept = summary.getLeft().get(0);
                assertEquals(Optional.of("anna"), kept.getMobileUser());
                assertEquals(Status.OK, kept.getStatus());
                assertEquals("the database\\nis locked", kept.getReason());
                assertTrue(kept.toString().contains("KEPT"), kept.toString());
                assertEquals(sent.get(2), forgotten.getId());
            }
            assertEquals(3, sandbox.waiting().size());
            sandbox.showHidden();
            try (Receiver receiver = client.receive()) {
                assertEquals(Set.copyOf(sent.subList(1, 4)), Set.copyOf(handleAll(receiver)));
            }
        }
        assertEquals(0, sandbox.waiting().size());
    }

    @Test
    void settlesAPacketOnce(Sandbox sandbox) throws Exception {
        send(sandbox, 2);
        try (Client client = sandbox.client();
                Receiver receiver = client.receive()) {
            Received done = receiver.next();
            done.done();
            done.done();
            Received kept = receiver.next();
            kept.keep();
            kept.keep("no");
            for (Executable late :
                    List.<Executable>of(
                            () -> done.keep("no"),
                            kept::done,
                            done::content,
                            done::path,
                            done::openStream,
                            () -> done.saveAs(Path.of("x")))) {
                String message = assertThrows(IllegalStateException.class, late).getMessage();
                assertEquals("this packet was done or kept, or its Receiver was closed", message);
            }
            assertEquals(List.of(kept.getId()), left(receiver, LeftWhy.KEPT));
        }
        assertEquals(1, sandbox.waiting().size());
    }

    @Test
    void canBeLeftEarly(Sandbox sandbox) throws Exception {
        List<String> sent = send(sandbox, 10);
        try (Client client = sandbox.client()) {
            try (Receiver receiver = client.receive()) {
                for (Received packet : receiver) {
                    if (packet.getId().equals(sent.get(2))) {
                        break;
                    }
                    packet.done();
                }
            }
            assertEquals(1, Dmerp.liveHandles(), "the client");
        }
        assertEquals(8, sandbox.waiting().size());
    }

    @Test
    void endsWithAnExceptionOfTheLoop(Sandbox sandbox) throws Exception {
        List<String> sent = send(sandbox, 10);
        RuntimeException thrown = new RuntimeException("the database is locked");
        try (Client client = sandbox.client()) {
            Receiver receiver = client.receive();
            Executable loop =
                    () -> {
                        try (Receiver closed = receiver) {
                            closed.next().done();
                            for (Received packet : closed) {
                                packet.content();
                                throw thrown;
                            }
                        }
                    };
            assertSame(thrown, assertThrows(RuntimeException.class, loop));
            assertEquals(0, thrown.getSuppressed().length);
            assertEquals(1, Dmerp.liveHandles(), "the client");
            assertEquals(1, receiver.summary().getMarked());
            assertEquals(List.of(sent.get(1)), left(receiver, LeftWhy.UNSETTLED));
        }
        assertEquals(9, sandbox.waiting().size());
    }

    /** As a service that runs the same loop again and again, and throws at the same packet. */
    @Test
    void countsWhatWasNotSettledAsAFailure(Sandbox sandbox, @TempDir Path folder) throws Exception {
        String id = send(sandbox, 1).get(0);
        Sandbox.Setup setup = config -> config.receiveMaxDeliveries(2).receiveDeadLetterDir(folder);
        try (Client client = sandbox.client(setup)) {
            for (int run = 0; run < 2; run++) {
                sandbox.showHidden();
                try (Receiver receiver = client.receive()) {
                    assertEquals(id, receiver.next().getId());
                    assertEquals(run, receiver.summary().getDeadLettered());
                }
            }
        }
        assertEquals(0, sandbox.waiting().size());
        assertEquals(2, folder.toFile().list().length);
    }

    @Test
    void isAnIteratorAsOthersAre(Sandbox sandbox) throws Exception {
        List<String> sent = send(sandbox, 2);
        try (Client client = sandbox.client();
                Receiver receiver = client.receive()) {
            Iterator<Received> first = receiver.iterator();
            assertTrue(first.hasNext());
            assertTrue(first.hasNext());
            assertEquals(sent.get(0), first.next().getId());
            assertEquals(sent.get(1), receiver.iterator().next().getId());
            assertFalse(first.hasNext());
            assertThrows(NoSuchElementException.class, first::next);
            assertFalse(receiver.iterator().hasNext());
        }
    }

    @Test
    void losesNoPacketToALookAhead(Sandbox sandbox) throws Exception {
        List<String> sent = send(sandbox, 4);
        try (Client client = sandbox.client();
                Receiver receiver = client.receive()) {
            assertTrue(receiver.iterator().hasNext());
            assertTrue(receiver.isReady());
            assertEquals(sent.get(0), receiver.next().getId());
            assertTrue(receiver.iterator().hasNext());
            assertEquals(sent.get(1), receiver.iterator().next().getId());
            // Another thread's loop does not count on the packet that this one looked at.
            assertTrue(receiver.iterator().hasNext());
            List<String> others = new ArrayList<>();
            assertNull(
                    new Background(
                                    () -> {
                                        for (Received packet : receiver) {
                                            others.add(packet.getId());
                                        }
                                    })
                            .end());
            assertEquals(sent.subList(3, 4), others);
            assertEquals(sent.get(2), receiver.next().getId());
            assertNull(receiver.next());
        }
    }

    @Test
    void throwsTheFailureOfTheList(Sandbox sandbox) throws Exception {
        send(sandbox, 1);
        try (Client client = sandbox.client()) {
            try (Receiver receiver = client.receive()) {
                sandbox.fault("{'on':'portal','times':3,'action':{'status':{'code':500}}}");
                Samples.fails(Status.SERVER_ERROR, receiver::next);
                assertEquals(1, handleAll(receiver).size());
            }
            sandbox.fault("{'on':'portal','times':3,'action':{'status':{'code':500}}}");
            try (Receiver receiver = client.receive()) {
                Iterator<Received> packets = receiver.iterator();
                UncheckedIOException thrown =
                        assertThrows(UncheckedIOException.class, packets::hasNext);
                DmerpException failure = assertInstanceOf(DmerpException.class, thrown.getCause());
                assertEquals(Status.SERVER_ERROR, failure.getStatus());
                assertEquals(failure.getMessage(), thrown.getMessage());
                assertFalse(packets.hasNext());
            }
        }
    }

    @Test
    void goesOnFailingWhenTheKeyIsRefused(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client(config -> config.apiKey("wrong"));
                Receiver receiver = client.receive()) {
            Samples.fails(Status.AUTHENTICATION_FAILED, receiver::next);
            int requests = sandbox.requests().size();
            Samples.fails(Status.AUTHENTICATION_FAILED, receiver::next);
            assertEquals(requests, sandbox.requests().size());
        }
    }

    @Test
    void tellsWhatCannotBeHad(Sandbox sandbox) throws Exception {
        List<String> sent = send(sandbox, 3);
        sandbox.fault("{'on':'storage','action':{'status':{'code':404}}}");
        sandbox.fault(
                "{'on':'portal','path':'/pull','action':{'spoil_entries':[{'place':2,'how':'no_id'}]}}");
        try (Client client = sandbox.client();
                Receiver receiver = client.receive()) {
            assertEquals(1, handleAll(receiver).size());
            List<Left> left = receiver.summary().getLeft();
            assertEquals(2, left.size());
            for (Left one : left) {
                if (one.getWhy() == LeftWhy.UNREADABLE) {
                    assertEquals(Optional.empty(), one.getId());
                } else {
                    assertEquals(LeftWhy.NOT_DOWNLOADED, one.getWhy());
                    assertEquals(Status.NOT_FOUND, one.getStatus());
                    assertTrue(sent.contains(one.getId().get()));
                }
            }
            assertThrows(UnsupportedOperationException.class, () -> left.remove(0));
        }
    }

    @Test
    void tellsWhatIsHandledAndNotMarked(Sandbox sandbox) throws Exception {
        List<String> sent = send(sandbox, 1);
        try (Client client = sandbox.client()) {
            sandbox.fault("{'on':'portal','path':'/done','action':{'status':{'code':404}}}");
            try (Receiver receiver = client.receive()) {
                assertEquals(sent, handleAll(receiver));
                assertEquals(sent, left(receiver, LeftWhy.NOT_MARKED));
            }
            assertEquals(1, client.stats().getUnmarked());
            assertTrue(client.stats().getOldestUnmarkedAt().isPresent());
            sandbox.showHidden();
            try (Receiver receiver = client.receive()) {
                assertEquals(List.of(), handleAll(receiver));
                assertEquals(1, receiver.summary().getMarked());
                assertEquals(1, receiver.summary().getRepeated());
                assertTrue(receiver.summary().getHidden().isPresent());
            }
            assertEquals(0, client.stats().getUnmarked());
        }
        assertEquals(0, sandbox.waiting().size());
    }

    @Test
    void keepsBigContentInAFile(Sandbox sandbox, @TempDir Path folder) throws Exception {
        byte[] content = Samples.binary(3_000_001);
        Path temporary = Files.createDirectory(folder.resolve("временно"));
        for (int i = 0; i < 3; i++) {
            sandbox.send("anna", content, "&queue=file");
        }
        try (Client client = sandbox.client(config -> config.tempDir(temporary));
                Receiver receiver = client.receive(PacketKind.FILE)) {
            Received packet = receiver.next();
            Path file = packet.path().get();
            assertTrue(file.startsWith(temporary), file.toString());
            assertArrayEquals(content, Files.readAllBytes(file));
            assertArrayEquals(content, packet.content());
            try (InputStream stream = packet.openStream()) {
                assertArrayEquals(content, stream.readAllBytes());
            }
            packet.done();
            assertFalse(Files.exists(file));

            Received moved = receiver.next();
            Path saved = folder.resolve("Αθήνα 🚚.jpg");
            Files.write(saved, new byte[] {1});
            moved.saveAs(saved);
            assertArrayEquals(content, Files.readAllBytes(saved));
            assertEquals(Optional.empty(), moved.path());
            assertArrayEquals(content, moved.content());
            moved.done();
            assertTrue(Files.exists(saved));

            Received open = receiver.next();
            Path last = open.path().get();
            receiver.summary();
            assertFalse(Files.exists(last));
            assertThrows(IllegalStateException.class, open::content);
        }
        assertEquals(List.of("Αθήνα 🚚.jpg", "временно"), names(folder));
        assertEquals(1, sandbox.waiting().size());
    }

    private static List<String> names(Path folder) {
        String[] names = folder.toFile().list();
        Arrays.sort(names);
        return Arrays.asList(names);
    }

    @Test
    void canSaveElsewhereWhatCouldNotBeSaved(Sandbox sandbox, @TempDir Path folder)
            throws Exception {
        send(sandbox, 1);
        try (Client client = sandbox.client();
                Receiver receiver = client.receive()) {
            Received packet = receiver.next();
            DmerpException failure =
                    Samples.fails(
                            Status.FILE_ERROR,
                            () -> packet.saveAs(folder.resolve("missing").resolve("x")));
            assertEquals(Optional.of(packet.getId()), failure.getPacketId());
            packet.saveAs(folder.resolve("x"));
            packet.done();
        }
        assertArrayEquals(Samples.xml("0"), Files.readAllBytes(folder.resolve("x")));
        assertEquals(0, sandbox.waiting().size());
    }

    @Test
    void refusesContentThatIsTooLargeForMemory(Sandbox sandbox, @TempDir Path folder)
            throws Exception {
        sandbox.send("anna", Samples.binary(5000));
        Sandbox.Setup setup = config -> config.receiveMemoryBytes(0).maxMemoryBytes(1024);
        try (Client client = sandbox.client(setup);
                Receiver receiver = client.receive()) {
            Received packet = receiver.next();
            Samples.fails(Status.TOO_LARGE, packet::content);
            packet.saveAs(folder.resolve("x"));
            packet.done();
        }
        assertEquals(5000, Files.size(folder.resolve("x")));
    }

    @Test
    void servesSeveralWorkers(Sandbox sandbox) throws Exception {
        List<String> sent = send(sandbox, 100);
        ConcurrentLinkedQueue<String> received = new ConcurrentLinkedQueue<>();
        CountDownLatch each = new CountDownLatch(4);
        try (Client client = sandbox.client();
                Receiver receiver = client.receive()) {
            List<Background> workers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                workers.add(
                        new Background(
                                () -> {
                                    Received packet = receiver.next();
                                    // So that no worker gets all of them.
                                    each.countDown();
                                    each.await();
                                    for (; packet != null; packet = receiver.next()) {
                                        packet.content();
                                        received.add(packet.getId());
                                        packet.done();
                                    }
                                }));
            }
            for (Background worker : workers) {
                assertNull(worker.end());
            }
        }
        List<String> sorted = new ArrayList<>(received);
        Collections.sort(sorted);
        Collections.sort(sent);
        assertEquals(sent, sorted);
        assertEquals(0, sandbox.waiting().size());
    }

    @Test
    void oneOfAListAtATime(Sandbox sandbox) throws Exception {
        send(sandbox, 1);
        try (Client client = sandbox.client()) {
            Receiver first = client.receive();
            assertThrows(IllegalStateException.class, client::receive);
            client.receive(PacketKind.FILE).close();
            first.close();
            client.receive().close();
        }
    }

    @Test
    void ofAClosedClientGoesOn(Sandbox sandbox) throws Exception {
        send(sandbox, 1);
        Client client = sandbox.client();
        try (Receiver receiver = client.receive()) {
            client.close();
            assertEquals(1, handleAll(receiver).size());
        }
        assertEquals(0, sandbox.waiting().size());
        assertThrows(IllegalStateException.class, client::receive);
        assertThrows(IllegalStateException.class, client::stats);
    }

    private static Client polling(Sandbox sandbox) throws Exception {
        return sandbox.client(config -> config.receivePoll(Duration.ofSeconds(60)));
    }

    @Test
    void stopsInGoodOrder(Sandbox sandbox) throws Exception {
        send(sandbox, 1);
        try (Client client = polling(sandbox);
                Receiver receiver = client.receive()) {
            Received packet = receiver.next();
            Background waiting = new Background(() -> assertNull(receiver.next()));
            sandbox.await(2, request -> request.get("target").getAsString().contains("/pull/"));
            receiver.stop();
            assertNull(waiting.end());
            assertNull(receiver.next());
            packet.done();
            assertEquals(1, receiver.summary().getMarked());
            receiver.stop();
            assertNull(receiver.next());
        }
        assertEquals(0, sandbox.waiting().size());
    }

    @Test
    void closesWhileOthersWait(Sandbox sandbox) throws Exception {
        try (Client client = polling(sandbox)) {
            Receiver receiver = client.receive();
            List<Background> workers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                workers.add(
                        new Background(
                                () -> {
                                    assertNull(receiver.next());
                                    assertNull(receiver.next());
                                }));
            }
            sandbox.awaitRequest();
            receiver.close();
            receiver.close();
            for (Background worker : workers) {
                assertNull(worker.end());
            }
            assertEquals(0, receiver.summary().getHandedOver());
            assertEquals(1, Dmerp.liveHandles(), "the client");
        }
    }

    @Test
    void closesWhileWorkersAreAtWork(Sandbox sandbox) throws Exception {
        for (int round = 0; round < 5; round++) {
            sandbox.reset();
            send(sandbox, 60);
            CountDownLatch some = new CountDownLatch(10);
            try (Client client = sandbox.client()) {
                Receiver receiver = client.receive();
                List<Background> workers = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    workers.add(
                            new Background(
                                    () -> {
                                        for (Received packet : receiver) {
                                            packet.content();
                                            packet.done();
                                            some.countDown();
                                        }
                                    }));
                }
                some.await();
                receiver.close();
                for (Background worker : workers) {
                    Throwable thrown = worker.end();
                    assertTrue(
                            thrown == null || thrown instanceof IllegalStateException, "" + thrown);
                }
                Summary summary = receiver.summary();
                assertEquals(summary.getDone(), summary.getMarked());
                assertEquals(60 - summary.getDone(), sandbox.waiting().size());
                assertEquals(1, Dmerp.liveHandles(), "the client");
            }
        }
    }

    @Test
    void aCancelEndsOneCallOnly(Sandbox sandbox) throws Exception {
        List<String> sent = send(sandbox, 1);
        sandbox.fault(HANG);
        Cancellation cancellation = new Cancellation();
        CallOptions options = new CallOptions().cancellation(cancellation);
        try (Client client = sandbox.client();
                Receiver receiver = client.receive()) {
            Background next = new Background(() -> receiver.next(options));
            sandbox.awaitRequest();
            cancellation.cancel();
            Throwable thrown = assertInstanceOf(CancellationException.class, next.end());
            DmerpException details = assertInstanceOf(DmerpException.class, thrown.getCause());
            assertEquals(Status.CANCELLED, details.getStatus());
            Samples.fails(
                    Status.TIMED_OUT,
                    () -> receiver.next(new CallOptions().timeout(Duration.ofMillis(50))));
            sandbox.clearFaults();
            // The list that hangs goes on where it was; another receiver asks anew.
            assertEquals(0, receiver.summary().getHandedOver());
            try (Receiver another = client.receive()) {
                assertEquals(sent, handleAll(another));
            }
        }
    }

    @Test
    void anInterruptEndsTheLoop(Sandbox sandbox) throws Exception {
        send(sandbox, 1);
        try (Client client = polling(sandbox)) {
            Receiver receiver = client.receive();
            CountDownLatch handled = new CountDownLatch(1);
            Background loop =
                    new Background(
                            () -> {
                                try (Receiver closed = receiver) {
                                    for (Received packet : closed) {
                                        packet.done();
                                        handled.countDown();
                                    }
                                }
                            });
            assertTrue(handled.await(Sandbox.SOON.toSeconds(), TimeUnit.SECONDS));
            sandbox.await(2, request -> request.get("target").getAsString().contains("/pull/"));
            loop.interrupt();
            Throwable thrown = assertInstanceOf(UncheckedIOException.class, loop.end());
            assertInstanceOf(InterruptedIOException.class, thrown.getCause());
            assertTrue(loop.interruptFlag());
            assertEquals(1, receiver.summary().getMarked(), "also in an interrupted thread");
        }
        assertEquals(0, sandbox.waiting().size());
    }

    @Test
    void saysWhetherNextWouldWait(Sandbox sandbox) throws Exception {
        sandbox.send("anna", Samples.xml("0"), "&name=late.xml");
        send(sandbox, 1);
        sandbox.fault("{'on':'storage','path':'late.xml','action':{'delay':{'ms':300}}}");
        try (Client client = sandbox.client();
                Receiver receiver = client.receive()) {
            assertFalse(receiver.isReady());
            receiver.next().done();
            assertTrue(receiver.isReady(), "the second came while the first was late");
            receiver.next().done();
            assertFalse(receiver.isReady(), "the portal must say whether there are more");
            assertNull(receiver.next());
            assertTrue(receiver.isReady());
            receiver.summary(); // which closes it
            assertTrue(receiver.isReady());
        }
    }

    @Test
    void tellsItsProgress(Sandbox sandbox) throws Exception {
        send(sandbox, 5);
        sandbox.fault("{'on':'storage','skip':4,'action':{'delay':{'ms':500}}}");
        List<Progress> seen = new ArrayList<>();
        CallOptions options = new CallOptions().progress(seen::add);
        try (Client client = sandbox.client();
                Receiver receiver = client.receive()) {
            for (Received packet; (packet = receiver.next(options)) != null; ) {
                packet.done();
            }
        }
        Progress four = seen.stream().filter(one -> one.getPackets() == 4).findFirst().get();
        assertTrue(four.getDone() >= 4 * 8, four.toString()); // the fifth may have come as well
        assertEquals(OptionalLong.empty(), four.getTotal());
        assertEquals(OptionalLong.empty(), four.getPacketsTotal());
        assertTrue(four.toString().contains("packets=4"), four.toString());
    }

    @Test
    void throwsWhatItsListenerThrows(Sandbox sandbox) throws Exception {
        send(sandbox, 3);
        RuntimeException own = new RuntimeException("own");
        CallOptions options =
                new CallOptions()
                        .progress(
                                progress -> {
                                    throw own;
                                });
        try (Client client = sandbox.client();
                Receiver receiver = client.receive()) {
            assertSame(own, assertThrows(RuntimeException.class, () -> receiver.next(options)));
            assertTrue(handleAll(receiver).size() >= 2);
        }
    }

    @Test
    void cannotBeClosedByItsOwnListenerButStopped(Sandbox sandbox) throws Exception {
        send(sandbox, 3);
        try (Client client = sandbox.client()) {
            try (Receiver receiver = client.receive()) {
                CallOptions closing = new CallOptions().progress(progress -> receiver.summary());
                assertThrows(IllegalStateException.class, () -> receiver.next(closing));
            }
            try (Receiver receiver = client.receive()) {
                CallOptions stopping = new CallOptions().progress(progress -> receiver.stop());
                assertNull(receiver.next(stopping));
            }
        }
    }

    @Test
    void logsToTheClientsListener(Sandbox sandbox, @TempDir Path folder) throws Exception {
        send(sandbox, 1);
        Set<String> records = Collections.synchronizedSet(new HashSet<>());
        Sandbox.Setup setup =
                config ->
                        config.log(LogLevel.INFO, (level, text) -> records.add(level + " " + text))
                                .receiveMaxDeliveries(1)
                                .receiveDeadLetterDir(folder);
        try (Client client = sandbox.client(setup);
                Receiver receiver = client.receive()) {
            Received packet = receiver.next();
            // Neither a keep nor a close is a call that blocks, and both log.
            packet.keep("no use");
            String warning = "WARNING packet " + packet.getId() + " failed 1 times";
            assertTrue(records.stream().anyMatch(text -> text.contains(warning)), "" + records);
            records.clear();
            receiver.summary();
            assertTrue(
                    records.stream().anyMatch(text -> text.startsWith("INFO done")), "" + records);
        }
    }

    @Test
    void countsForItsClient(Sandbox sandbox) throws Exception {
        send(sandbox, 3);
        try (Client client = sandbox.client()) {
            Stats before = client.stats();
            assertEquals(0, before.getRequests());
            assertEquals(Optional.empty(), before.getLastPullAt());
            try (Receiver receiver = client.receive()) {
                handleAll(receiver);
            }
            Stats stats = client.stats();
            assertEquals(sandbox.requests().size(), stats.getRequests());
            assertEquals(0, stats.getRetries());
            assertEquals(24, stats.getBytesReceived());
            assertEquals(0, stats.getBytesSent());
            assertTrue(stats.getConnectionsOpened() > 0);
            assertEquals(3, stats.getPacketsReceived());
            assertEquals(3, stats.getPacketsDone());
            assertEquals(0, stats.getPacketsPushed());
            assertEquals(0, stats.getUnmarked());
            assertEquals(Optional.empty(), stats.getOldestUnmarkedAt());
            assertEquals(Optional.empty(), stats.getLastPushAt());
            assertEquals(Optional.empty(), stats.getLastCheckAt());
            Duration age = Duration.between(stats.getLastDoneAt().get(), Instant.now()).abs();
            assertTrue(age.compareTo(Sandbox.SOON) < 0, age.toString());
            assertTrue(stats.getLastPullAt().isPresent());
            assertTrue(stats.getLastLinkAt().isPresent());
            assertTrue(stats.getLastDownloadAt().isPresent());
            assertTrue(stats.toString().contains("packetsReceived=3"), stats.toString());
            client.check();
            assertTrue(client.stats().getLastCheckAt().isPresent());
        }
    }
}
