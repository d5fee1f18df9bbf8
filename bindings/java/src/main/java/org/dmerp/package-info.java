/**
 * Exchanges synchronization packets between an ERP and Dynamics Mobile's cloud: push packets to
 * mobile users, and receive those that mobile users sent.
 *
 * <pre>{@code
 * try (Client erp = new Client(new Config().appArea("DMDEV01").apiKey(key));
 *         Receiver receiver = erp.receive()) {
 *     for (Received packet : receiver) {
 *         keepSafely(packet.getId(), packet.content());
 *         packet.done();
 *     }
 * }
 * }</pre>
 *
 * <p>{@link org.dmerp.Client} is where to begin. {@link org.dmerp.Config} has its settings, {@link
 * org.dmerp.CallOptions} those of one call, and {@link org.dmerp.DmerpException} tells what failed.
 *
 * <p>{@link org.dmerp.PacketWriter} makes synchronization packets, {@link org.dmerp.PacketReader}
 * reads them.
 *
 * <p>A native library does the work; it is in the jar. Clients, receivers, packet writers, packet
 * readers and received packets own native memory; all but the last are to be closed. Any object may
 * be used by any number of threads at once; a packet writer or reader serves them one after the
 * other.
 */
package org.dmerp;
