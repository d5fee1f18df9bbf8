using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.CompilerServices.SymbolWriter;

/// <summary>
/// Gives an assembly of Mono's compiler a portable PDB: Symbols.exe COMPILED.dll OUTPUT.dll. That compiler writes only a symbol
/// file of its own, COMPILED.dll.mdb, which no other runtime reads. Of it, the lines of each method are kept. A strong name must
/// be made anew afterwards.
/// </summary>
internal static class Symbols
{
    private static void Main(string[] arguments)
    {
        using (var assembly = AssemblyDefinition.ReadAssembly(arguments[0]))
        using (var lines = MonoSymbolFile.ReadSymbolFile(arguments[0] + ".mdb"))
        {
            var documents = lines.Sources.ToDictionary(source => source.Index, source => new Document(source.FileName)
            {
                Language = DocumentLanguage.CSharp,
                LanguageVendor = DocumentLanguageVendor.Microsoft,
                Type = DocumentType.Text,
            });
            foreach (var entry in lines.Methods)
            {
                var method = (MethodDefinition)assembly.MainModule.LookupToken(entry.Token);
                Add(method, entry.GetLineNumberTable().LineNumbers, documents);
            }
            var symbols = new PortablePdbWriterProvider();
            assembly.Write(arguments[1], new WriterParameters { WriteSymbols = true, SymbolWriterProvider = symbols });
        }
        LeaveOutFolder(arguments[1]);
    }

    /// <summary>Cecil notes the PDB's full path, which nobody needs: it is looked for beside the assembly, by its name.</summary>
    private static void LeaveOutFolder(string assembly)
    {
        var bytes = File.ReadAllBytes(assembly);
        var path = Encoding.UTF8.GetBytes(Path.ChangeExtension(Path.GetFullPath(assembly), ".pdb"));
        var name = Encoding.UTF8.GetBytes(Path.GetFileNameWithoutExtension(assembly) + ".pdb");
        var places = Enumerable.Range(0, bytes.Length - path.Length);
        var place = places.First(i => bytes[i] == path[0] && path.SequenceEqual(bytes.Skip(i).Take(path.Length)));
        Array.Resize(ref name, path.Length);
        name.CopyTo(bytes, place);
        File.WriteAllBytes(assembly, bytes);
    }

    private static void Add(MethodDefinition method, LineNumberEntry[] lines, Dictionary<int, Document> documents)
    {
        foreach (var line in lines)
        {
            var instruction = method.Body.Instructions.FirstOrDefault(one => one.Offset == line.Offset);
            if (instruction != null && !line.IsHidden)
            {
                method.DebugInformation.SequencePoints.Add(new SequencePoint(instruction, documents[line.File])
                {
                    StartLine = line.Row,
                    EndLine = line.Row,
                    StartColumn = Math.Max(1, line.Column),
                    EndColumn = Math.Max(1, line.Column) + 1,
                });
            }
        }
    }
}
